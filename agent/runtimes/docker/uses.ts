import type { ImageUse, UseKind } from '../../../core/cleanup/uses.ts';
import type { ChainId } from '../../../core/layer.ts';
import { chainIds } from '../chain-id.ts';
import { RuntimeError } from '../runtime.ts';
import type { DockerApi } from './api.ts';
import type { ContainerSummary, EngineInfo, ImageSummary, ServiceSummary } from './api-types.ts';
import { containerState, toContainer, type ContainerContent } from './containers.ts';
import type { ContentReader } from './content-reader.ts';
import { readEach } from './each.ts';
import { imageNames, type ResolveImage } from './image-names.ts';
import { usesContainerdStore } from './images.ts';
import { readWritableLayers, type WritableLayer } from './layer-store.ts';

/**
 * Who uses which image: containers of every state by what they were made from, and by what their maker's name for it means
 * now; images mounted into containers (API 1.48 and later); images that others are built on. Of a swarm, what runs here
 * are containers; where this engine is one of its managers, the images of all services count, for their next task may come
 * here.
 */
export function usesReader(api: DockerApi, contents: ContentReader) {
  /** What is mounted is told by the writable layers, whatever its name means by now; without them, by the name. */
  async function mountedImages(
    engine: EngineInfo,
    images: readonly ImageSummary[],
    signal: AbortSignal,
  ): Promise<MountedImages> {
    const resolve = imageNames(images);
    const layers = usesContainerdStore(engine)
      ? undefined
      : await readWritableLayers({ root: engine.DockerRootDir, driver: engine.Driver });
    if (layers === undefined) return { resolve, layers: [], byChain: new Map() };
    const byChain = new Map<ChainId, string[]>();
    await readEach(images, async (summary) => {
      const top = chainIds((await contents.image(summary, signal))?.diffIds ?? []).at(-1);
      if (top !== undefined) byChain.set(top, [...(byChain.get(top) ?? []), summary.Id]);
    });
    return { resolve, layers, byChain };
  }

  return async function uses(signal: AbortSignal): Promise<readonly ImageUse[]> {
    const [engine, images, summaries] = await Promise.all([
      api.info(signal),
      api.images(signal),
      api.containers(signal),
    ]);
    const containers = await readEach(
      summaries,
      async (summary) => ({ summary, content: await contents.container(summary, signal) }),
      (summary, error) => {
        // What it was made from is in the list already; which images are mounted is not.
        if (hasImageMounts(summary)) throw error;
        return { summary, content: undefined };
      },
    );
    const services = engine.Swarm?.ControlAvailable === true ? await api.services(signal) : [];
    const mounted = summaries.some(hasImageMounts) ? await mountedImages(engine, images, signal) : undefined;
    const resolve = mounted?.resolve ?? imageNames(images);
    return distinct([
      ...containers.flatMap((container) => containerUses(container, resolve)),
      ...containers.flatMap((container) => (mounted ? mountUses(container, mounted) : [])),
      ...services.flatMap((service) => serviceUses(service, resolve)),
      ...childUses(images),
    ]);
  };
}

interface UsingContainer {
  readonly summary: ContainerSummary;
  readonly content: ContainerContent | undefined;
}

interface MountedImages {
  readonly resolve: ResolveImage;
  readonly layers: readonly WritableLayer[];
  /** Image IDs by the chain ID of all their layers. */
  readonly byChain: ReadonlyMap<ChainId, readonly string[]>;
}

function hasImageMounts(summary: ContainerSummary): boolean {
  return summary.Mounts.some(({ Type }) => Type === 'image');
}

function containerUses({ summary, content }: UsingContainer, resolve: ResolveImage): readonly ImageUse[] {
  const { kind, pod } = toContainer(summary, containerState(summary.State), content);
  const isSandbox = kind === 'sandbox' && pod !== undefined;
  const who = isSandbox ? `pod ${pod.namespace}/${pod.name}` : nameOf(summary);
  const manifest = summary.ImageManifestDescriptor?.digest ?? '';
  const ids = [
    ...[summary.ImageID, manifest].filter((id) => id !== ''),
    ...resolve(summary.Image),
    ...resolve(content?.imageName ?? ''),
  ];
  return ids.map((imageId) => use(imageId, kind, who));
}

function mountUses({ summary, content }: UsingContainer, mounted: MountedImages): readonly ImageUse[] {
  if (!hasImageMounts(summary)) return [];
  const who = `a mount of ${nameOf(summary)}`;
  const names = content?.imageMounts ?? [];
  const ids = new Set(names.flatMap(mounted.resolve));
  const hexId = Buffer.from(summary.Id).toString('hex');
  const layers = mounted.layers.filter(
    ({ name }) => name.startsWith(`${summary.Id}-`) || name.startsWith(hexId),
  );
  for (const { parent } of layers) for (const id of mounted.byChain.get(parent ?? '') ?? []) ids.add(id);
  const isTraced = layers.length > 0 || names.every((name) => mounted.resolve(name).length > 0);
  if (!isTraced)
    throw new RuntimeError(
      'failed',
      `cannot tell which image is mounted into ${nameOf(summary)} as ${names.join(', ')}: that name is gone; remove the container, or give the name back to its image`,
    );
  return [...ids].map((imageId) => use(imageId, 'volume', who));
}

function serviceUses({ ID, Spec }: ServiceSummary, resolve: ResolveImage): readonly ImageUse[] {
  const image = Spec?.TaskTemplate?.ContainerSpec?.Image ?? '';
  const who = `service ${Spec?.Name || ID} of the swarm`;
  // The digest may be of an index, or not be known here; the tag is what a person meant.
  const ids = [image, image.replace(/@.*/, '')].flatMap(resolve);
  return ids.map((imageId) => use(imageId, 'container', who));
}

/** A build without BuildKit notes what each image was made from, and the engine keeps that as long as the image. */
function childUses(images: readonly ImageSummary[]): readonly ImageUse[] {
  const present = new Set(images.map(({ Id }) => Id));
  return images
    .filter(({ ParentId }) => present.has(ParentId))
    .map((child) => {
      const name = [...child.RepoTags, ...child.RepoDigests].find((one) => !one.includes('<none>'));
      return use(child.ParentId, 'child', `image ${name ?? child.Id.slice(0, 'sha256:'.length + 12)}`);
    });
}

function nameOf({ Id, Names, State }: ContainerSummary): string {
  const name = Names[0]?.replace(/^\//, '') || Id.slice(0, 12);
  return `container ${name} (${State || 'unknown'})`;
}

function use(imageId: string, kind: UseKind, who: string): ImageUse {
  return { imageId, kind, who };
}

function distinct(uses: readonly ImageUse[]): readonly ImageUse[] {
  return [...new Map(uses.map((one) => [`${one.imageId} ${one.kind} ${one.who}`, one])).values()];
}
