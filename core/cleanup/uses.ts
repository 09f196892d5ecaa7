/** What makes an image referenced. */
export type UseKind =
  /** A container of any state: running, paused, exited, only created. */
  | 'container'
  /** The pause container of a pod. */
  | 'sandbox'
  /** Another image is built on it, and the engine keeps it for that one. */
  | 'child'
  /** Mounted into a container as a volume. */
  | 'volume'
  /** A lease of somebody else. */
  | 'lease'
  /** Pinned in the engine or by its configuration. */
  | 'pin'
  /** Its layers are being read. */
  | 'scan'
  /** We run from it. */
  | 'self';

/** Somebody uses an image. One container may use several images, or one of several: then each has its use. */
export interface ImageUse {
  /** As the engine that tells of it calls the image: its config digest, or a manifest's. */
  readonly imageId: string;
  readonly kind: UseKind;
  /** Who, as a person knows them: `container web-1 (exited)`, `pod shop/web-1`, `image web:2`, `lease 17 of namespace moby`. */
  readonly who: string;
}
