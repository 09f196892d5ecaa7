import type { ImageUse } from '../../core/cleanup/uses.ts';
import type { Image, Process } from '../../core/inventory.ts';

/** The image of the container that this process runs in; undefined outside of containers, or when it cannot be told. */
export function ownImage(processes: readonly Process[], pid: number): string | undefined {
  return processes.find((process) => process.pid === pid)?.imageId;
}

/** Uses that no engine tells of: the image that we run from, whatever engines say, and the one that is being read. */
export function ownUses(
  ownImageId: string | undefined,
  scanned: Pick<Image, 'imageId'> | undefined,
): readonly ImageUse[] {
  return [
    ...(ownImageId === undefined
      ? []
      : [{ imageId: ownImageId, kind: 'self', who: 'this agent, which runs from it' } as const]),
    ...(scanned === undefined
      ? []
      : [{ imageId: scanned.imageId, kind: 'scan', who: 'the reading of its layers' } as const]),
  ];
}
