import type { Package } from '../composition.ts';
import type { OsRelease } from '../facts.ts';
import type { DiffId } from '../layer.ts';

/** What a bill of materials is about, and when and by what it was made. */
export interface SbomSubject {
  /** Image name or target as given. */
  readonly name: string;
  /** Config digest; absent for a plain directory. */
  readonly imageId?: string;
  readonly manifestDigest?: string;
  readonly os?: string;
  readonly architecture?: string;
  /** Base first; `PackageLocation` counts in this list. */
  readonly diffIds: readonly DiffId[];
  readonly release?: OsRelease;
  readonly packages: readonly Package[];
}

export interface SbomMaker {
  readonly toolVersion: string;
  /** RFC 3339 with seconds, UTC. */
  readonly created: string;
  /** RFC 9562 UUID, new for each document. */
  readonly uuid: string;
}
