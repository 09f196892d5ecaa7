import type { Container, Image } from '../../../core/inventory.ts';
import type { RuntimeView } from '../runtime.ts';
import type { DockerApi } from './api.ts';
import type { ContainerSummary, ImageSummary } from './api-types.ts';
import { containerContent, containerState, hasProcess, toContainer } from './containers.ts';
import type { ContentReader } from './content-reader.ts';
import { readEach } from './each.ts';
import { toImage, usesContainerdStore } from './images.ts';

/** Reads all that the engine holds. A second view costs three calls, and one for each container that runs. */
export function viewReader(api: DockerApi, address: string, contents: ContentReader) {
  /** A container's pid changes with every start, so those that have one are always asked. */
  async function containerOf(summary: ContainerSummary, signal: AbortSignal): Promise<Container | undefined> {
    const listed = containerState(summary.State);
    const known = contents.knownContainer(summary);
    if (known !== undefined && !hasProcess(listed)) return toContainer(summary, listed, known);
    const details = await api.container(summary.Id, signal);
    if (details === undefined) return undefined;
    const content = containerContent(details);
    contents.rememberContainer(summary.Id, content);
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
      const content = await contents.image(summary, signal);
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
