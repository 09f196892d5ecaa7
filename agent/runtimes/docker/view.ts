import type { Container, Image } from '../../../core/inventory.ts';
import type { RuntimeView } from '../runtime.ts';
import type { DockerApi } from './api.ts';
import type { ContainerSummary, ImageSummary } from './api-types.ts';
import { boundedMap } from './bounded-map.ts';
import {
  containerContent,
  containerState,
  hasProcess,
  toContainer,
  type ContainerContent,
} from './containers.ts';
import { readEach } from './each.ts';
import { imageContent, toImage, usesContainerdStore, type ImageContent } from './images.ts';

/** Reads all that the engine holds; remembers what cannot change, so that a second view costs three calls. */
export function viewReader(api: DockerApi, address: string, remembered: number) {
  const imageContents = boundedMap<ImageContent>(remembered);
  const containerContents = boundedMap<ContainerContent>(remembered);

  async function contentOf(summary: ImageSummary, signal: AbortSignal): Promise<ImageContent | undefined> {
    // An index in containerd can gain a platform's content later; its size then changes.
    const key = `${summary.Id} ${summary.Size}`;
    const known = imageContents.get(key);
    if (known !== undefined) return known;
    const details = await api.image(summary.Id, signal);
    if (details === undefined) return undefined;
    const content = imageContent(details);
    imageContents.set(key, content);
    return content;
  }

  /** A container's pid changes with every start, so those that have one are always asked. */
  async function containerOf(summary: ContainerSummary, signal: AbortSignal): Promise<Container | undefined> {
    const listed = containerState(summary.State);
    const known = containerContents.get(summary.Id);
    if (known !== undefined && !hasProcess(listed)) return toContainer(summary, listed, known);
    const details = await api.container(summary.Id, signal);
    if (details === undefined) return undefined;
    const content = containerContent(details);
    containerContents.set(summary.Id, content);
    const state = containerState(details.State?.Status || summary.State);
    return toContainer(summary, state, content, hasProcess(state) ? details.State?.Pid : undefined);
  }

  return async function view(signal: AbortSignal): Promise<RuntimeView> {
    const [engine, imageList, containerList] = await Promise.all([
      api.info(signal),
      api.images(signal),
      api.containers(signal),
    ]);
    const containerdStore = usesContainerdStore(engine);
    const problems: { subject: string; message: string }[] = [];
    const imageIds = new Map<string, string>();

    async function readImage(summary: ImageSummary): Promise<Image | undefined> {
      const content = await contentOf(summary, signal);
      if (content === undefined) return undefined;
      if (content.os === '') {
        problems.push({
          subject: summary.Id,
          message: 'Docker holds no content of this image for this platform',
        });
      }
      imageIds.set(summary.Id, content.imageId);
      return toImage(summary, content, containerdStore);
    }
    const images = await readEach(imageList, readImage, (summary, error) => {
      problems.push({ subject: summary.Id, message: error.message });
      return undefined;
    });

    async function readContainer(summary: ContainerSummary): Promise<Container | undefined> {
      const imageId = imageIds.get(summary.ImageID) ?? summary.ImageID;
      return containerOf({ ...summary, ImageID: imageId }, signal);
    }
    const containers = await readEach(containerList, readContainer, (summary, error) => {
      problems.push({ subject: summary.Id, message: error.message });
      return toContainer(summary, containerState(summary.State), undefined);
    });

    return {
      engine: { id: 'docker', address, version: engine.ServerVersion, status: 'ok' },
      images,
      containers,
      leases: [],
      problems,
    };
  };
}
