import type { Space } from '../../../core/cleanup/storage.ts';
import type { Image } from '../../../core/inventory.ts';
import type { HoldingsReader } from '../holdings.ts';
import type { SavedName } from '../removal.ts';
import { RuntimeError } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { criNeedsReader } from './cri-needs.ts';
import { viewOf, type EngineReader, type EngineRecords } from './engine-records.ts';
import { contentId, snapshotId } from './gc-labels.ts';
import { leaksOf } from './leaks.ts';
import { mapLimited } from '../map-limited.ts';
import type { NamespaceRecords, ReadOptions } from './namespace-records.ts';
import { storageOf } from './storage.ts';
import type { ResolvedName } from './images.ts';
import { thingsReader, type NamespaceThings } from './stored-things.ts';
import { usersMark } from './users-mark.ts';
import { imageUses, type UseSources } from './uses.ts';

export interface HoldingsOptions {
  readonly address: string;
  /** Whose leases are no users for `usersMark`: the caller's own. */
  readonly owner: string;
  /** Left out of the view; who uses what is read there too, and what is held there stays. */
  readonly excludedNamespaces: ReadonlySet<string>;
  /** Where Docker keeps its images: what it removes cannot be brought back. */
  readonly dockerNamespaces: ReadonlySet<string>;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** What containerd keeps and who needs it, of all namespaces. See `HoldingsReader`. */
export function holdingsReader(
  connection: Connection,
  engine: EngineReader,
  options: HoldingsOptions,
): HoldingsReader {
  const reader = thingsReader(connection);
  const criNeeds = criNeedsReader(connection);
  const { address, owner, excludedNamespaces, dockerNamespaces } = options;

  async function read(signal: AbortSignal, wanted?: ReadOptions): Promise<EngineRecords & UseSources> {
    // What is on disk is read first: what came later has its image or lease in the records, never the other way.
    const things = await reader.read(await engine.namespaces(signal), signal);
    const records = await engine.read(() => true, signal, wanted);
    const needs = await criNeeds.read(records.cri, records.version, signal);
    return { ...records, things, criNeeds: needs, now: options.now() };
  }

  return {
    async uses(signal, removed = []) {
      const sources = await read(signal);
      const gone = await resolveRemoved(engine, removed, signal);
      return imageUses({ ...sources, names: [...sources.names, ...gone] });
    },

    async usersMark(signal) {
      return await usersMark(connection, owner, await engine.namespaces(signal), signal);
    },

    async holdings(signal) {
      const sources = await read(signal, { withQuarantined: true });
      const { held, names, things, now } = sources;
      const sizes = await mapLimited(things, 1, async (one) => {
        const measured = measurable(one, held);
        const spaces = await reader.usage(one.namespace, measured, signal);
        return measured.map(({ snapshotter, key }, at) => {
          const space: Space = spaces[at] ?? { bytes: 0, inodes: 0 };
          return [snapshotId(one.namespace, snapshotter, key), space] as const;
        });
      });
      const usages = new Map(sizes.flat());
      const storage = storageOf({ things, usages, held, names, excludedNamespaces, now });
      const view = viewOf(address, sources, (namespace) => !excludedNamespaces.has(namespace));
      return {
        view,
        uses: imageUses(sources),
        storage,
        fromRegistry: pulledImages(view.images, things),
        restorable: new Set(
          view.images
            .filter((image) => image.names.every(({ namespace }) => !dockerNamespaces.has(namespace)))
            .map(({ imageId }) => imageId),
        ),
        leaks: leaksOf({ things, held, storage, now }),
      };
    },
  };
}

/** Throws when one does not lead to its image any more: then nobody could tell who uses it. */
async function resolveRemoved(
  engine: EngineReader,
  removed: readonly SavedName[],
  signal: AbortSignal,
): Promise<readonly ResolvedName[]> {
  const own = removed.filter((name) => name.engine === 'containerd');
  const records = own.map(({ namespace, name, target, record }) => {
    const { mediaType = '', size = 0 } = record ?? {};
    // Labels are gone with the name; a pin among them pins no more.
    return { namespace, images: [{ name, labels: {}, target: { digest: target, mediaType, size } }] };
  });
  const names = await engine.resolve(records, signal);
  for (const { namespace, record, resolution } of names) {
    if (resolution.kind === 'image') continue;
    const why = `who uses ${record.name} of namespace ${namespace} cannot be told: ${resolution.message}`;
    throw new RuntimeError('failed', why);
  }
  return names;
}

/**
 * Layers, and what nobody owns. What a container writes into would have to be counted file by file, and goes with the
 * container, not with an image.
 */
function measurable(
  { namespace, snapshots }: NamespaceThings,
  held: readonly NamespaceRecords[],
): NamespaceThings['snapshots'] {
  const owned = new Set<string>();
  for (const { containers, leases } of held.filter((one) => one.namespace === namespace)) {
    for (const { snapshotter, snapshotKey } of containers)
      owned.add(`snapshots/${snapshotter} ${snapshotKey}`);
    for (const { type, id } of leases.flatMap(({ resources }) => resources)) owned.add(`${type} ${id}`);
  }
  return snapshots.filter(
    ({ isCommitted, snapshotter, key }) => isCommitted || !owned.has(`snapshots/${snapshotter} ${key}`),
  );
}

/**
 * Images that a pull brought here, by the mark it leaves on what a name points at. A name says nothing: whoever imports
 * an archive may choose any.
 */
function pulledImages(images: readonly Image[], things: readonly NamespaceThings[]): ReadonlySet<string> {
  const pulled = new Set<string>();
  for (const { namespace, content } of things) {
    for (const { digest, isPulled } of content) if (isPulled) pulled.add(contentId(namespace, digest));
  }
  const came = images.filter(({ names }) =>
    names.some(({ namespace, target }) => pulled.has(contentId(namespace, target))),
  );
  return new Set(came.map(({ imageId }) => imageId));
}
