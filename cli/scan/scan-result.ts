import type { Composition, Package } from '../../core/composition.ts';
import type { Finding } from '../../core/findings.ts';
import type { DiffId } from '../../core/layer.ts';

/** The image that was scanned; there is none where a plain directory was. */
export interface ScannedImage {
  /** Config digest. */
  readonly imageId: string;
  readonly manifestDigest?: string;
  readonly names: readonly string[];
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Base first. */
  readonly diffIds: readonly DiffId[];
}

/** Something that could not be taken in wholly, so that packages may be missing. */
export interface ScanProblem {
  /** 0 is the base. */
  readonly layer: number;
  readonly path: string;
  /** Absent where the path was wanted by none in particular. */
  readonly cataloger?: string;
  /** `truncated`: read in part. */
  readonly kind: 'unread' | 'truncated';
  readonly message: string;
}

export interface ScanResult {
  /** As the operator wrote it. */
  readonly target: string;
  readonly image?: ScannedImage;
  readonly composition: Composition;
  /** In order of purl. */
  readonly packages: readonly Package[];
  /** In order of rule and path. */
  readonly findings: readonly Finding[];
  readonly problems: readonly ScanProblem[];
}
