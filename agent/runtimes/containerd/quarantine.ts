import type { ImageName } from '../../../core/inventory.ts';
import type { QuarantineCalls, SavedName } from '../removal.ts';
import { RuntimeError } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { blobSize } from './content.ts';
import { hasCode, isAlreadyThere } from './errors.ts';
import { collectGarbage, EXPIRY_LABEL, OWN_LEASE_LABEL, QUARANTINE_LABEL } from './leases.ts';
import { mapLimited } from '../map-limited.ts';
import { addLeaseResource, createLease, deleteLease, getImage, listLeaseResources } from './methods.ts';
import { createImage } from './removal-methods.ts';

export interface QuarantineOptions {
  readonly owner: string;
  readonly collectionTimeoutMs: number;
}

const CALLS_AT_ONCE = 8;
const TRIES = 3;

/** Keeps removed images under leases of ours, and brings them back. See `QuarantineCalls`. */
export function quarantineCalls(
  connection: Connection,
  { owner, collectionTimeoutMs }: QuarantineOptions,
): QuarantineCalls {
  return {
    async keep({ namespace, imageId, leaseId: id, expiresAt }, digests, signal) {
      const labels = {
        [OWN_LEASE_LABEL]: owner,
        [QUARANTINE_LABEL]: imageId,
        [EXPIRY_LABEL]: new Date(expiresAt).toISOString(),
      };
      signal.throwIfAborted();
      // Not to be called off: containerd might make it all the same. The caller has the ID, and gives it back.
      await unlessExists(connection.call(createLease, { id, labels }, { namespace }));
      for (const digest of digests) {
        const request = { id, resource: { type: 'content', id: digest } };
        await connection.call(addLeaseResource, request, { namespace, signal });
      }
      await verify(connection, namespace, id, digests, signal);
    },

    async restore(names, signal) {
      const records = names.map(withRecord);
      const targets = new Map(records.map((name) => [`${name.namespace} ${name.target}`, name]));
      await mapLimited([...targets.values()], CALLS_AT_ONCE, async ({ namespace, name, target }) => {
        if ((await blobSize(connection, namespace, target, signal)) !== undefined) return;
        const why = `${name} of namespace ${namespace} cannot be restored: containerd does not hold ${target} any more`;
        throw new RuntimeError('not-found', `${why}; pull it again`);
      });
      const existing: ImageName[] = [];
      for (const name of records) {
        const other = await restoreName(connection, name, signal);
        if (other !== undefined) existing.push(other);
      }
      return existing;
    },

    async release({ namespace, leaseId: id }, isLast, signal) {
      const context = { namespace, signal, ...(isLast && { timeoutMs: collectionTimeoutMs }) };
      try {
        await connection.call(deleteLease, { id, sync: isLast }, context);
      } catch (error) {
        if (!hasCode(error, 'not-found')) throw error;
        if (isLast) await collectGarbage(connection, owner, context);
      }
    },
  };
}

/** containerd leases what does not exist without a word. */
async function verify(
  connection: Connection,
  namespace: string,
  id: string,
  digests: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { resources } = await connection.call(listLeaseResources, { id }, { namespace, signal });
  const leased = new Set(
    (resources ?? []).filter(({ type }) => type === 'content').map((one) => one.id ?? ''),
  );
  await mapLimited(digests, CALLS_AT_ONCE, async (digest) => {
    if (!leased.has(digest)) {
      throw new RuntimeError('failed', `lease ${id} of namespace ${namespace} does not hold ${digest}`);
    }
    if ((await blobSize(connection, namespace, digest, signal)) === undefined) {
      const why = `${digest} cannot be quarantined: namespace ${namespace} does not hold it any more`;
      throw new RuntimeError('not-found', why);
    }
  });
}

/** Answers what has the name instead, when something else has. */
async function restoreName(
  connection: Connection,
  { namespace, name, target, record }: RecordedName,
  signal: AbortSignal,
): Promise<ImageName | undefined> {
  const { labels, mediaType, size, annotations } = record;
  const image = { name, labels, target: { digest: target, mediaType, size, annotations: annotations ?? {} } };
  for (let tries = 1; ; tries += 1) {
    if (await unlessExists(connection.call(createImage, { image }, { namespace, signal }))) return undefined;
    try {
      const { image: other } = await connection.call(getImage, { name }, { namespace, signal });
      const found = other?.target?.digest ?? '';
      // The CRI plugin makes an image's ID a name by itself as soon as there is another.
      return found === target ? undefined : { engine: 'containerd', namespace, name, target: found };
    } catch (error) {
      // Removed by somebody else between the two calls.
      if (tries >= TRIES || !hasCode(error, 'not-found')) throw error;
    }
  }
}

type RecordedName = SavedName & { readonly record: NonNullable<SavedName['record']> };

function withRecord(name: SavedName): RecordedName {
  const { record } = name;
  if (record !== undefined) return { ...name, record };
  throw new RuntimeError('failed', `${name.name} cannot be restored: it was saved without its record`);
}

/** False when what was to be made is there already. */
async function unlessExists(making: Promise<unknown>): Promise<boolean> {
  try {
    await making;
    return true;
  } catch (error) {
    if (isAlreadyThere(error)) return false;
    throw error;
  }
}
