import type { DiffId } from '../../../core/layer.ts';
import type { StoredLocation } from '../location.ts';

/** One layer of an archived image. A folder's only layer has the made-up diff ID `dir`. */
export interface ArchivedLayer {
  readonly diffId: DiffId;
  readonly location: StoredLocation;
}

/** An image found in an archive or folder. */
export interface ArchivedImage {
  /** Config digest; `dir` for a folder. */
  readonly imageId: string;
  readonly manifestDigest?: string;
  readonly names: readonly string[];
  /** As in Go: `linux`, `amd64`, variant `v8`. */
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** The build's own claim, ms since the epoch. */
  readonly builtAt?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Bytes of the layers as archived; 0 for a folder. */
  readonly sizeBytes: number;
  /** Base first. */
  readonly layers: readonly ArchivedLayer[];
}
