import type { Image, ReportedImage, StateItem } from '../../core/inventory.ts';
import type { NodeSnapshot } from './node-reader.ts';

/** What the node remembers of an image's life, in ms since the epoch. */
export interface ImageAge {
  readonly firstSeen: number;
  readonly lastUsed?: number;
}

/** What scanning an image led to so far. */
export type ScanState = { readonly composition: string } | { readonly problem: string };

/** Everything that the collector is to know of the node right now. */
export function reportedState(
  snapshot: NodeSnapshot,
  ageOf: (imageId: string) => ImageAge,
  scanOf: (image: Image) => ScanState | undefined,
): StateItem[] {
  return [
    { kind: 'host', value: snapshot.host },
    ...snapshot.images.map((image) => ({ kind: 'image' as const, value: reported(image, ageOf, scanOf) })),
    ...snapshot.containers.map((value) => ({ kind: 'container' as const, value })),
    ...snapshot.processes.map((value) => ({ kind: 'process' as const, value })),
  ];
}

function reported(
  image: Image,
  ageOf: (imageId: string) => ImageAge,
  scanOf: (image: Image) => ScanState | undefined,
): ReportedImage {
  return { ...image, ...ageOf(image.imageId), ...scanOf(image) };
}

/** Images that a container of any state, or a process, was made from. */
export function imagesInUse(snapshot: Pick<NodeSnapshot, 'containers' | 'processes'>): Set<string> {
  const used = new Set<string>();
  for (const { imageId } of snapshot.containers) if (imageId !== undefined) used.add(imageId);
  for (const { imageId } of snapshot.processes) if (imageId !== undefined) used.add(imageId);
  return used;
}
