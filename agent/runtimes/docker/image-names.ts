import { parseReference } from '../../../core/cleanup/image-reference.ts';
import type { ImageSummary } from './api-types.ts';

/** IDs of the images that what a person gives means right now: a name, a digest reference, an ID, the beginning of one. */
export type ResolveImage = (given: string) => readonly string[];

export function imageNames(images: readonly ImageSummary[]): ResolveImage {
  const byName = new Map<string, string>();
  for (const { Id, RepoTags, RepoDigests } of images) {
    for (const name of [...RepoTags, ...RepoDigests]) {
      const complete = completeName(name);
      if (complete !== undefined) byName.set(complete, Id);
    }
  }
  return (given) => {
    const complete = completeName(given);
    const named = complete === undefined ? undefined : byName.get(complete);
    if (named !== undefined) return [named];
    const hex = given.replace(/^sha256:/, '');
    if (!/^[0-9a-f]+$/.test(hex)) return [];
    return images.map(({ Id }) => Id).filter((id) => id.startsWith(`sha256:${hex}`));
  };
}

/** As the engine understands it: a digest wins over a tag, and no tag means `latest`. */
function completeName(name: string): string | undefined {
  const reference = parseReference(name);
  if (reference === undefined) return undefined;
  const { repository, tag = 'latest', digest } = reference;
  return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
}
