import type { Image, ImageName } from '../../../core/inventory.ts';
import type { EngineInfo, ImageDetails, ImageSummary } from './api-types.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What an image's ID stands for never changes, so this is asked for once. */
export type ImageContent = Pick<
  Image,
  'imageId' | 'os' | 'architecture' | 'variant' | 'diffIds' | 'builtAt' | 'labels'
>;

/**
 * Whether the engine keeps its images in containerd (the default for new installations since Docker 29).
 * An image's ID is then the digest of an index or manifest, no longer that of the config.
 * Source: Docker's documentation, "containerd image store".
 */
export function usesContainerdStore(engine: Pick<EngineInfo, 'DriverStatus'>): boolean {
  const status = engine.DriverStatus ?? [];
  return status.some(([key, value]) => key === 'driver-type' && value === 'io.containerd.snapshotter.v1');
}

/**
 * With the containerd image store the API nowhere gives the config digest, but for an annotation that
 * BuildKit leaves on what it built. Without it the image keeps the engine's ID, which is also among its
 * `manifestDigests`: so `joinImages` finds the same image in containerd and its true ID.
 */
export function imageContent(details: ImageDetails): ImageContent {
  const config = details.Descriptor?.annotations['config.digest'] ?? '';
  const builtAt = Date.parse(details.Created);
  return {
    imageId: DIGEST.test(config) ? config : details.Id,
    os: details.Os,
    architecture: details.Architecture,
    ...(details.Variant !== '' && { variant: details.Variant }),
    diffIds: details.RootFS?.Layers ?? [],
    // Go's zero time, the year 1, is how the engine says "unknown".
    ...(builtAt >= 0 && { builtAt }),
    labels: details.Config?.Labels ?? {},
  };
}

/** Names come from the list, for they change; content comes from the inspection. */
export function toImage(summary: ImageSummary, content: ImageContent, containerdStore: boolean): Image {
  const named = [...new Set([...summary.RepoTags, ...summary.RepoDigests])].filter(isName);
  const digests = summary.RepoDigests.filter(isName).map((name) => name.slice(name.lastIndexOf('@') + 1));
  if (containerdStore) digests.push(summary.Id);
  return {
    ...content,
    names: named.map((name): ImageName => ({ engine: 'docker', namespace: '', name, target: summary.Id })),
    manifestDigests: [...new Set(digests)],
    sizeBytes: summary.Size,
    pinned: false,
  };
}

/** A dangling image is listed as `<none>:<none>` and `<none>@<none>` by older engines. */
function isName(name: string): boolean {
  return !name.includes('<none>');
}
