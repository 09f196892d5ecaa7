import type { LayerBuild, Package } from '../composition.ts';
import type { OsRelease } from '../facts.ts';
import type { DiffId } from '../layer.ts';

/** What a bill of materials is about. */
export interface SbomSubject {
  /** Image name, or the target as given. */
  readonly name: string;
  /** Config digest; absent for a plain directory. */
  readonly imageId?: string;
  readonly manifestDigest?: string;
  readonly os?: string;
  readonly architecture?: string;
  /** Base first; `PackageLocation` counts in this list. Empty for a plain directory. */
  readonly diffIds: readonly DiffId[];
  readonly release?: OsRelease;
  /** Which builds of a product's maker its layers came from. */
  readonly builds?: readonly LayerBuild[];
  readonly packages: readonly Package[];
}

/** When and by what a document was made: all in it that the subject does not decide. */
export interface SbomMaker {
  readonly toolVersion: string;
  /** RFC 3339 with seconds, UTC. */
  readonly created: string;
  /** RFC 9562 UUID in lower case. */
  readonly uuid: string;
}
