import type { HoldingsReader } from '../../agent/runtimes/holdings.ts';
import type { NameRemoval, Quarantine, Removal, SavedName } from '../../agent/runtimes/removal.ts';
import { RuntimeError } from '../../agent/runtimes/runtime.ts';
import type { RemovalEngine } from '../../agent/cleanup/remover/engine.ts';
import type { Storage, StorageRoot } from '../../core/cleanup/storage.ts';
import type { ImageUse } from '../../core/cleanup/uses.ts';
import type { ImageName } from '../../core/inventory.ts';

/**
 * An engine in memory that keeps the rules of real ones: names point at targets, leases keep targets, what nothing keeps
 * is collected when a call waits for it. For what no real engine does on demand: to fail or change at a given call.
 */
export class MemoryEngine implements RemovalEngine {
  readonly id: 'containerd' | 'docker';
  readonly reader: HoldingsReader;
  readonly removal: Removal;
  /** `namespace name` to target. */
  readonly names = new Map<string, string>();
  readonly leases = new Map<string, { readonly imageId: string; readonly digests: Set<string> }>();
  /** Bytes by target. */
  readonly content = new Map<string, number>();
  uses: ImageUse[] = [];
  /** Called before each call, with its name; throws to make it fail. */
  onCall: (call: string) => void = () => undefined;

  constructor(id: 'containerd' | 'docker' = 'containerd') {
    this.id = id;
    this.reader = {
      holdings: async () => {
        this.onCall('holdings');
        return {
          view: {
            engine: { id, address: '', status: 'ok' },
            images: [],
            containers: [],
            leases: [],
            problems: [],
          },
          uses: this.uses,
          storage: this.#storage(),
          fromRegistry: new Set(),
          restorable: new Set(),
          leaks: [],
        };
      },
      uses: async (_signal, removed = []) => {
        this.onCall('uses');
        return this.#usesOf([...this.names.values(), ...removed.map(({ target }) => target)]);
      },
      usersMark: async () => {
        this.onCall('mark');
        return JSON.stringify(this.uses);
      },
    };
    this.removal = {
      id,
      save: async (names) => {
        this.onCall('save');
        return this.#save(names);
      },
      remove: async (name, isLast) => {
        this.onCall(`remove ${name.name}`);
        return this.#remove(name, isLast);
      },
      ...(id === 'containerd' && {
        quarantine: {
          keep: async (lease, digests) => {
            this.onCall('keep');
            this.leases.set(lease.leaseId, { imageId: lease.imageId, digests: new Set(digests) });
          },
          restore: async (names) => {
            this.onCall('restore');
            return this.#restore(names);
          },
          release: async (lease, isLast) => {
            this.onCall('release');
            this.#release(lease, isLast);
          },
        },
      }),
      close: async () => undefined,
    };
  }

  add(name: string, target: string, bytes = 100, namespace = 'k8s.io'): ImageName {
    this.names.set(`${namespace} ${name}`, target);
    this.content.set(target, bytes);
    return { engine: this.id, namespace, name, target };
  }

  /** As the engine's own collector: what no name and no lease keeps, goes. */
  collect(): void {
    const kept = new Set([
      ...this.names.values(),
      ...[...this.leases.values()].flatMap(({ digests }) => [...digests]),
    ]);
    for (const target of this.content.keys()) if (!kept.has(target)) this.content.delete(target);
  }

  /** Without a name, containerd does not know an image that somebody uses. */
  #usesOf(targets: readonly string[]): readonly ImageUse[] {
    if (this.id === 'docker') return this.uses;
    const known = new Set(targets.flatMap((target) => [target, imageIdOf(target)]));
    return this.uses.filter(({ imageId }) => known.has(imageId));
  }

  #save(names: readonly ImageName[]): SavedName[] {
    const targets = new Set(names.map(({ target }) => target));
    const asked = new Set(names.map(({ namespace, name }) => `${namespace} ${name}`));
    return [...this.names].flatMap(([key, target]) => {
      if (!asked.has(key) && !targets.has(target)) return [];
      const space = key.indexOf(' ');
      return [{ engine: this.id, namespace: key.slice(0, space), name: key.slice(space + 1), target }];
    });
  }

  #remove({ namespace, name, target }: SavedName, isLast: boolean): NameRemoval {
    const key = `${namespace} ${name}`;
    const now = this.names.get(key);
    if (now === undefined) return { kind: 'gone' };
    if (now !== target) return { kind: 'changed', target: now };
    this.names.delete(key);
    if (isLast || this.id === 'docker') this.collect();
    return { kind: 'removed' };
  }

  #restore(names: readonly SavedName[]): ImageName[] {
    const left: ImageName[] = [];
    for (const name of names) {
      const key = `${name.namespace} ${name.name}`;
      const now = this.names.get(key);
      if (now !== undefined && now !== name.target) left.push(name);
      if (now !== undefined) continue;
      if (!this.content.has(name.target))
        throw new RuntimeError('not-found', `${name.name} is gone for good`);
      this.names.set(key, name.target);
    }
    return left;
  }

  #release({ leaseId }: Quarantine, isLast: boolean): void {
    this.leases.delete(leaseId);
    if (isLast) this.collect();
  }

  #storage(): Storage {
    const things = [...this.content].map(([id, bytes]) => [id, { id, bytes, inodes: 1, refs: [] }] as const);
    const roots: StorageRoot[] = [];
    for (const target of this.names.values()) {
      roots.push({ holder: { kind: 'image', imageId: imageIdOf(target) }, refs: [target] });
    }
    for (const [leaseId, { imageId, digests }] of this.leases) {
      roots.push({ holder: { kind: 'quarantine', imageId, leaseId }, refs: [...digests] });
    }
    return { things: new Map(things), roots };
  }
}

/** The ID of the image behind a target of a MemoryEngine. */
export function imageIdOf(target: string): string {
  return `image-of-${target}`;
}
