import { engineAddress } from '../../agent/engine-addresses.ts';
import { RuntimeError, type Runtime, type RuntimeView } from '../../agent/runtimes/runtime.ts';
import type { EngineId, Image } from '../../core/inventory.ts';
import { joinImages } from '../../core/join-images.ts';
import { chooseImage } from '../engines/choose-image.ts';
import { familiarName, fullName } from '../engines/image-names.ts';
import { openContainerd, openDocker, withEngine } from '../engines/open-engine.ts';
import { EXIT, Failure } from '../failure.ts';
import { readLayers, type OnLayer } from './read-layers.ts';
import type { ScanOptions } from './scan-options.ts';
import type { ScannedImage, ScanResult } from './scan-result.ts';

type Scan = Omit<ScanResult, 'target'>;

/** Scans an image that an engine holds, by any of its names, its ID or a digest. */
export async function scanEngineImage(
  engine: EngineId,
  query: string,
  options: ScanOptions,
  onLayer: OnLayer,
  signal: AbortSignal,
): Promise<Scan> {
  const read: ReadImage = async (runtime, image) => {
    const scan = await runtime.withLayers(image, signal, (layers) => readLayers(layers, onLayer, signal));
    return { image: scannedImage(image), ...scan };
  };
  return engine === 'containerd'
    ? await fromContainerd(query, options, read, signal)
    : await fromDocker(query, options, read, signal);
}

type ReadImage = (runtime: Runtime, image: Image) => Promise<Scan>;

async function fromContainerd(
  query: string,
  options: ScanOptions,
  read: ReadImage,
  signal: AbortSignal,
): Promise<Scan> {
  const address = addressOf('containerd', options.containerdAddress);
  return await withEngine(openContainerd(address, options.platform), async (containerd) => {
    const view = await containerd.view(signal);
    const { namespace } = options;
    const images = namespace === undefined ? view.images : inNamespace(view, namespace);
    refuseBroken(view, query);
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
    return await read(containerd, chooseImage(query, images, `containerd at ${address}${where}`));
  });
}

async function fromDocker(
  query: string,
  options: ScanOptions,
  read: ReadImage,
  signal: AbortSignal,
): Promise<Scan> {
  const address = addressOf('docker', options.dockerAddress);
  return await withEngine(openDocker(address), async (docker) => {
    const { images } = await docker.view(signal);
    const image = chooseImage(query, images, `Docker at ${address}`);
    try {
      return await read(docker, image);
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== 'unsupported' || !isInContainerd(image))
        throw error;
      return await throughContainerd(image, images, options, read, signal, error);
    }
  });
}

/** Docker with the containerd image store leaves the layers to containerd. */
async function throughContainerd(
  image: Image,
  dockerImages: readonly Image[],
  { containerdAddress }: ScanOptions,
  read: ReadImage,
  signal: AbortSignal,
  refusal: RuntimeError,
): Promise<Scan> {
  const address = engineAddress('containerd', containerdAddress);
  if (address === undefined) {
    throw new Failure(
      EXIT.unreachable,
      `${refusal.message}; there is none in the usual places, so name it with --containerd-address`,
      refusal,
    );
  }
  return await withEngine(openContainerd(address), async (containerd) => {
    const held = await containerd.view(signal);
    const { images, imageIdOf } = joinImages([...dockerImages, ...held.images]);
    const joined = images.find(({ imageId }) => imageId === imageIdOf(image.imageId));
    return await read(containerd, joined ?? image);
  });
}

/** With the containerd image store an image's ID at Docker is the digest of a manifest or index. */
function isInContainerd({ names, imageId, manifestDigests }: Image): boolean {
  return [imageId, ...names.map(({ target }) => target)].some((digest) => manifestDigests.includes(digest));
}

function addressOf(engine: EngineId, setting: string): string {
  const address = engineAddress(engine, setting);
  if (address !== undefined) return address;
  throw new Failure(
    EXIT.unreachable,
    `there is no ${engine === 'docker' ? 'Docker' : engine} socket in the usual places; start the engine, or name its socket with --address`,
  );
}

/** The images that a namespace names, with the names that it has for them. */
function inNamespace({ images }: RuntimeView, namespace: string): Image[] {
  const found = images.flatMap((image) => {
    const names = image.names.filter((name) => name.namespace === namespace);
    return names.length === 0 ? [] : [{ ...image, names }];
  });
  if (found.length > 0) return found;
  const others = new Set(images.flatMap((image) => image.names.map((name) => name.namespace)));
  const there =
    others.size === 0 ? 'no namespace has any' : `those with images are ${[...others].join(', ')}`;
  throw new Failure(EXIT.notFound, `containerd's namespace ${namespace} has no images; ${there}`);
}

/** A name whose content is not there, or not for this platform, is no image; containerd has said why. */
function refuseBroken({ problems, images }: RuntimeView, query: string): void {
  const isHeld = images.some(({ names }) => names.some(({ name }) => fullName(name) === fullName(query)));
  if (isHeld) return;
  for (const { subject, message } of problems) {
    const name = subject.slice(subject.indexOf('/') + 1);
    if (fullName(name) === fullName(query)) {
      throw new Failure(
        EXIT.notFound,
        `containerd holds ${familiarName(name)}, but not its content: ${message}`,
      );
    }
  }
}

function scannedImage(image: Image): ScannedImage {
  const { imageId, manifestDigests, names, os, architecture, variant, diffIds } = image;
  const [manifestDigest] = manifestDigests;
  return {
    imageId,
    ...(manifestDigest !== undefined && { manifestDigest }),
    names: [...new Set(names.map(({ name }) => name))],
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    diffIds,
  };
}
