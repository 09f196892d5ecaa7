import type { containerd } from '../../../proto/generated/containerd.js';
import type { NameRemoval, Removal, SavedName } from '../removal.ts';
import { RuntimeError } from '../runtime.ts';
import { connect, type CallContext, type Connection } from './connection.ts';
import { hasCode } from './errors.ts';
import { collectGarbage } from './leases.ts';
import { mapLimited } from '../map-limited.ts';
import { getImage, listImages, listNamespaces } from './methods.ts';
import { quarantineCalls } from './quarantine.ts';
import { deleteImage } from './removal-methods.ts';

export interface ContainerdRemovalOptions {
  /** Path of containerd's socket. */
  readonly address: string;
  /** Who takes leases: as of the agent that this process works for. */
  readonly owner: string;
  /** Whose images are not removed here but by Docker; `moby` when absent. */
  readonly dockerNamespaces?: readonly string[];
  /** Left alone, as in `ContainerdOptions`. */
  readonly excludedNamespaces?: readonly string[];
  /** How long containerd may take to answer one call; 30 s when absent. */
  readonly callTimeoutMs?: number;
  /** How long a collection may take that is waited for; 10 min when absent. */
  readonly collectionTimeoutMs?: number;
  /** Hears the path of every call that is made. */
  readonly onCall?: (path: string) => void;
}

const CALLS_AT_ONCE = 8;
const DEFAULT_COLLECTION_TIMEOUT_MS = 10 * 60_000;
const DOCKER_NAMESPACES = ['moby'];

/** Removes images from containerd 1.6 to 2.x and brings them back. */
export function containerdRemoval(options: ContainerdRemovalOptions): Removal {
  const { address, owner, collectionTimeoutMs = DEFAULT_COLLECTION_TIMEOUT_MS } = options;
  const connection = connect(address, { onCall: options.onCall, timeoutMs: options.callTimeoutMs });
  const dockerNamespaces = options.dockerNamespaces ?? DOCKER_NAMESPACES;
  const foreign = new Set([...dockerNamespaces, ...(options.excludedNamespaces ?? [])]);

  return {
    id: 'containerd',

    async save(names, signal) {
      const own = names.filter(({ engine }) => engine === 'containerd');
      if (own.length === 0) return [];
      const wanted = [
        ...new Set(own.map(({ name }) => `name==${JSON.stringify(name)}`)),
        ...new Set(own.map(({ target }) => `target.digest==${JSON.stringify(target)}`)),
      ];
      const meant = new Set(own.map(({ namespace, name }) => `${namespace} ${name}`));
      const targets = new Set(own.map(({ target }) => target));
      const { namespaces } = await connection.call(listNamespaces, {}, { signal });
      const ours = (namespaces ?? []).map(({ name }) => name ?? '').filter((name) => !foreign.has(name));
      const found = await mapLimited(ours, CALLS_AT_ONCE, async (namespace) => {
        const { images } = await connection.call(listImages, { filters: wanted }, { namespace, signal });
        return (images ?? []).map((image) => savedName(namespace, image));
      });
      return found
        .flat()
        .filter(({ namespace, name, target }) => targets.has(target) || meant.has(`${namespace} ${name}`));
    },

    async remove(name, isLast, signal) {
      const { namespace } = name;
      if (foreign.has(namespace)) {
        const why = `${name.name} in namespace ${namespace} is not ours to remove`;
        const remedy = dockerNamespaces.includes(namespace) ? ": remove it by Docker's own API" : '';
        throw new RuntimeError('unsupported', why + remedy);
      }
      const context = { namespace, signal, ...(isLast && { timeoutMs: collectionTimeoutMs }) };
      const removal = await removeName(connection, name, isLast, context);
      // What was removed before it is to be collected all the same.
      if (isLast && removal.kind !== 'removed') await collectGarbage(connection, owner, context);
      return removal;
    },

    quarantine: quarantineCalls(connection, { owner, collectionTimeoutMs }),

    async close() {
      connection.close();
    },
  };
}

async function removeName(
  connection: Connection,
  { name, target }: SavedName,
  isLast: boolean,
  context: CallContext,
): Promise<NameRemoval> {
  const other = await whatElse(connection, name, target, context);
  if (other !== undefined) return other;
  try {
    // containerd 2 compares the target itself; before, a name may be moved between our look and this.
    await connection.call(deleteImage, { name, sync: isLast, target: { digest: target } }, context);
    return { kind: 'removed' };
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
  return (await whatElse(connection, name, target, context)) ?? { kind: 'gone' };
}

/** What has become of a name that does not point at its target any more; `undefined` when it does. */
async function whatElse(
  connection: Connection,
  name: string,
  target: string,
  context: CallContext,
): Promise<NameRemoval | undefined> {
  try {
    const { image } = await connection.call(getImage, { name }, context);
    const now = image?.target?.digest ?? '';
    return now === target ? undefined : { kind: 'changed', target: now };
  } catch (error) {
    if (hasCode(error, 'not-found')) return { kind: 'gone' };
    throw error;
  }
}

function savedName(
  namespace: string,
  { name, labels, target }: containerd.services.images.v1.Image.$Properties,
): SavedName {
  const { digest, mediaType, size, annotations } = target ?? {};
  return {
    engine: 'containerd',
    namespace,
    name: name ?? '',
    target: digest ?? '',
    record: {
      labels: labels ?? {},
      mediaType: mediaType ?? '',
      size: size ?? 0,
      annotations: annotations ?? {},
    },
  };
}
