import type { Image, ImageName } from '../../../core/inventory.ts';
import type { RuntimeView } from '../runtime.ts';
import type { ImageContent, ImageResolver, Resolution } from './image-resolver.ts';
import { mapLimited } from '../map-limited.ts';
import type { ImageRecord, NamespaceRecords } from './namespace-records.ts';

/** Source: containerd's CRI plugin (package labels): it sets this on what kubelet must not collect. */
export const PINNED_LABEL = 'io.cri-containerd.pinned';
export const PINNED_VALUE = 'pinned';
const READS_AT_ONCE = 8;

export interface ResolvedName {
  readonly namespace: string;
  readonly record: ImageRecord;
  readonly resolution: Resolution;
}

/** Follows every name of every namespace to its image; a target that several names share is followed once. */
export async function resolveNames(
  resolver: ImageResolver,
  namespaces: readonly Pick<NamespaceRecords, 'namespace' | 'images'>[],
  signal: AbortSignal,
): Promise<readonly ResolvedName[]> {
  const following = new Map<string, Promise<Resolution>>();
  const names = namespaces.flatMap(({ namespace, images }) =>
    images.map((record) => ({ namespace, record })),
  );
  return await mapLimited(names, READS_AT_ONCE, async ({ namespace, record }) => {
    const key = `${namespace}/${record.target.digest}`;
    const resolution = following.get(key) ?? resolver.resolve(namespace, record.target, signal);
    following.set(key, resolution);
    return { namespace, record, resolution: await resolution };
  });
}

/** One image per config digest, with all its names. */
export function joinNames(
  names: readonly ResolvedName[],
  pinnedImages: ReadonlySet<string>,
): readonly Image[] {
  const groups = new Map<string, { readonly names: ResolvedName[]; readonly contents: ImageContent[] }>();
  for (const name of names) {
    if (name.resolution.kind === 'broken') continue;
    const { content } = name.resolution;
    const group = groups.get(content.imageId) ?? { names: [], contents: [] };
    groups.set(content.imageId, group);
    group.names.push(name);
    group.contents.push(content);
  }
  return [...groups].map(([imageId, group]) => image(imageId, group.names, group.contents, pinnedImages));
}

export function nameProblems(names: readonly ResolvedName[]): RuntimeView['problems'] {
  return names.flatMap(({ namespace, record, resolution }) => {
    const message = resolution.kind === 'broken' ? resolution.message : resolution.note;
    return message === undefined ? [] : [{ subject: `${namespace}/${record.name}`, message }];
  });
}

function image(
  imageId: string,
  names: readonly ResolvedName[],
  contents: readonly ImageContent[],
  pinnedImages: ReadonlySet<string>,
): Image {
  const blobs = new Map(contents.flatMap(({ blobs }) => blobs.map(({ digest, size }) => [digest, size])));
  const [content] = contents;
  return {
    imageId,
    names: names.map(imageName),
    manifestDigests: [...new Set(contents.map(({ manifestDigest }) => manifestDigest))],
    os: content?.platform.os ?? '',
    architecture: content?.platform.architecture ?? '',
    ...(content?.platform.variant !== undefined && { variant: content.platform.variant }),
    diffIds: content?.diffIds ?? [],
    ...(content?.builtAt !== undefined && { builtAt: content.builtAt }),
    sizeBytes: [...blobs.values()].reduce((total, size) => total + size, 0),
    labels: Object.assign({}, content?.labels, ...names.map(({ record }) => record.labels)),
    pinned:
      pinnedImages.has(imageId) || names.some(({ record }) => record.labels[PINNED_LABEL] === PINNED_VALUE),
  };
}

function imageName({ namespace, record }: ResolvedName): ImageName {
  return { engine: 'containerd', namespace, name: record.name, target: record.target.digest };
}
