import type { DockerApi } from './api.ts';
import type { ContainerSummary, ImageSummary } from './api-types.ts';
import { weightedCache } from '../weighted-cache.ts';
import { containerContent, type ContainerContent } from './containers.ts';
import { imageContent, type ImageContent } from './images.ts';

/** What can never change of images and containers, so that each is asked for once. */
export interface ContentReader {
  /** `undefined` when there is no such image (any more). */
  image(summary: ImageSummary, signal: AbortSignal): Promise<ImageContent | undefined>;
  knownContainer(summary: ContainerSummary): ContainerContent | undefined;
  rememberContainer(id: string, content: ContainerContent): void;
  /** `undefined` when there is no such container (any more). */
  container(summary: ContainerSummary, signal: AbortSignal): Promise<ContainerContent | undefined>;
}

/** Remembers so many images and so many containers. */
export function contentReader(api: DockerApi, remembered: number): ContentReader {
  const images = weightedCache<ImageContent>(remembered);
  const containers = weightedCache<ContainerContent>(remembered);
  return {
    async image(summary, signal) {
      // An index in containerd can gain a platform's content later; its size then changes.
      const key = `${summary.Id} ${summary.Size}`;
      const known = images.get(key);
      if (known !== undefined) return known;
      const details = await api.image(summary.Id, signal);
      if (details === undefined) return undefined;
      const content = imageContent(details);
      images.set(key, content);
      return content;
    },
    knownContainer: ({ Id }) => containers.get(Id),
    rememberContainer: (id, content) => containers.set(id, content),
    async container({ Id }, signal) {
      const known = containers.get(Id);
      if (known !== undefined) return known;
      const details = await api.container(Id, signal);
      if (details === undefined) return undefined;
      const content = containerContent(details);
      containers.set(Id, content);
      return content;
    },
  };
}
