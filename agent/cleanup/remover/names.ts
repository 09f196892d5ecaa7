import type { ImageName } from '../../../core/inventory.ts';
import type { Quarantine, SavedName } from '../../runtimes/removal.ts';
import type { RemovalEngine } from './engine.ts';

/** The names of one engine. */
export function namesOf<T extends ImageName>(engine: RemovalEngine, names: readonly T[]): readonly T[] {
  return names.filter((name) => name.engine === engine.id);
}

/** What names are right now, with all others that point at the same. */
export async function saveNames(
  engines: readonly RemovalEngine[],
  names: readonly ImageName[],
  signal: AbortSignal,
): Promise<readonly SavedName[]> {
  const saved: SavedName[] = [];
  for (const engine of engines) {
    const own = namesOf(engine, names);
    if (own.length > 0) saved.push(...(await engine.removal.save(own, signal)));
  }
  return saved;
}

/** Makes names again where the engine can. Answers those that could not be, or that point elsewhere by now. */
export async function restoreNames(
  engines: readonly RemovalEngine[],
  names: readonly SavedName[],
  signal: AbortSignal,
): Promise<readonly ImageName[]> {
  const left: ImageName[] = [];
  for (const engine of engines) {
    const own = namesOf(engine, names);
    if (own.length === 0) continue;
    const { removal } = engine;
    if (removal.quarantine !== undefined) left.push(...(await removal.quarantine.restore(own, signal)));
    else left.push(...((await removal.giveBack?.(own, signal)) ?? own));
  }
  return left;
}

/** Gives leases back; what they alone held is collected when the last of them is. */
export async function releaseLeases(
  engines: readonly RemovalEngine[],
  leases: readonly Quarantine[],
  signal: AbortSignal,
): Promise<void> {
  const calls = engines.find(({ removal }) => removal.quarantine !== undefined)?.removal.quarantine;
  for (const [at, lease] of leases.entries()) {
    await calls?.release(lease, at === leases.length - 1, signal);
  }
}

export function sameName(one: ImageName, other: ImageName): boolean {
  return one.engine === other.engine && one.namespace === other.namespace && one.name === other.name;
}
