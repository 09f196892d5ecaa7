import type { Container } from '../../../core/inventory.ts';
import type { RuntimeView } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { containerImages } from './container-images.ts';
import { containersOf } from './containers.ts';
import { CRI_NAMESPACE, NO_CRI, readCri, type CriView } from './cri.ts';
import type { ImageResolver } from './image-resolver.ts';
import { joinNames, nameProblems, resolveNames, type ResolvedName } from './images.ts';
import { isOwnLease } from './leases.ts';
import { mapLimited } from '../map-limited.ts';
import { getVersion, listNamespaces } from './methods.ts';
import { namespaceReader, type NamespaceRecords, type ReadOptions } from './namespace-records.ts';

/** What containerd's own API and the CRI tell of some namespaces. */
export interface EngineRecords {
  readonly version: string;
  readonly held: readonly NamespaceRecords[];
  readonly cri: CriView;
  readonly names: readonly ResolvedName[];
  readonly containers: readonly Container[];
}

export interface EngineReader {
  namespaces(signal: AbortSignal): Promise<readonly string[]>;
  /** `isMeant`: which namespaces to read. */
  read(
    isMeant: (namespace: string) => boolean,
    signal: AbortSignal,
    options?: ReadOptions,
  ): Promise<EngineRecords>;
  /** What names point at that may be gone by now. */
  resolve(names: readonly NamedRecord[], signal: AbortSignal): Promise<readonly ResolvedName[]>;
}

type NamedRecord = Pick<NamespaceRecords, 'namespace' | 'images'>;

const NAMESPACES_AT_ONCE = 4;

export function engineReader(connection: Connection, resolver: ImageResolver): EngineReader {
  const records = namespaceReader(connection);
  const imagesOfContainers = containerImages(connection);

  async function namespaces(signal: AbortSignal): Promise<readonly string[]> {
    const { namespaces: all } = await connection.call(listNamespaces, {}, { signal });
    return (all ?? []).map(({ name }) => name ?? '').filter((name) => name !== '');
  }

  return {
    namespaces,

    resolve: (names, signal) => resolveNames(resolver, names, signal),

    async read(isMeant, signal, options) {
      const [{ version }, everything] = await Promise.all([
        connection.call(getVersion, {}, { signal }),
        namespaces(signal),
      ]);
      const meant = everything.filter(isMeant);
      const [held, cri] = await Promise.all([
        mapLimited(meant, NAMESPACES_AT_ONCE, (namespace) => records.read(namespace, signal, options)),
        isMeant(CRI_NAMESPACE) ? readCri(connection, signal) : NO_CRI,
      ]);
      const names = await resolveNames(resolver, held, signal);
      const containers = await mapLimited(held, NAMESPACES_AT_ONCE, async (one) =>
        containersOf(one, cri, await imagesOfContainers.find(one, names, cri, signal)),
      );
      return { version, held, cri, names, containers: containers.flat() };
    },
  };
}

/** The part of the records that is in meant namespaces, as every engine shows what it holds. */
export function viewOf(
  address: string,
  { version, held, cri, names, containers }: EngineRecords,
  isMeant: (namespace: string) => boolean = () => true,
): RuntimeView {
  const shown = names.filter(({ namespace }) => isMeant(namespace));
  const pinned = isMeant(CRI_NAMESPACE) ? cri.pinnedImages : NO_CRI.pinnedImages;
  return {
    engine: { id: 'containerd', address, version, status: 'ok' },
    images: joinNames(shown, pinned),
    containers: containers.filter(({ namespace }) => isMeant(namespace)),
    leases: held
      .filter(({ namespace }) => isMeant(namespace))
      .flatMap(({ leases }) => leases)
      .filter((lease) => !isOwnLease(lease)),
    problems: nameProblems(shown),
  };
}
