import type { OsRelease, PackageRecord, PackageType, ProductBuild } from './facts.ts';
import type { DiffId } from './layer.ts';

/**
 * Version of what merging does with facts, part of a composition's key. Raised whenever the same facts give another
 * composition (`compose`) or other packages (`packagesOf`, purls and license expressions included), so that what was
 * stored by earlier rules is made anew. A test holds it against what representative images give.
 */
export const MERGE_VERSION = 2;

/** Points at one candidate's fact: which layer (0 is the base), which cataloger, which path. */
export interface FactRef {
  readonly layer: number;
  readonly cataloger: string;
  readonly path: string;
}

/**
 * What merging an image's layers decided. With the facts of its layers it gives the image's packages,
 * on the node and at the collector alike (`packagesOf`).
 */
export interface Composition {
  /** Base first. */
  readonly diffIds: readonly DiffId[];
  readonly release?: OsRelease;
  /** Facts that count, base first. Every other fact of the layers is hidden by a layer above, or tells of a package manager's cache. */
  readonly visible: readonly FactRef[];
  /** Visible facts whose file belongs to an OS package: no second package from these. */
  readonly owned: readonly FactRef[];
  /**
   * Where a package of a visible fact or a deleted database came in, when that is not the fact's own layer:
   * the lowest layer of its last contiguous presence.
   */
  readonly introduced: readonly PackageOrigin[];
  /** Packages of visible facts that count no more, since other evidence says otherwise. */
  readonly superseded?: readonly SupersededPackage[];
  /** A package database that a later layer deleted or emptied: `ref` is its last version, `layer` the one that did so. */
  readonly deletedDatabases: readonly { readonly ref: FactRef; readonly layer: number }[];
  /** Licenses of packages whose own evidence states none. */
  readonly licenses?: readonly PackageLicenses[];
  /** Which builds of a product's maker the layers came from, base first, at most one a layer. */
  readonly builds?: readonly LayerBuild[];
  /** True when a layer's opaque directories could not be seen. */
  readonly opaqueBlind: boolean;
}

export interface PackageOrigin {
  readonly ref: FactRef;
  /** `recordKey` of the package. */
  readonly package: string;
  readonly layer: number;
}

export interface SupersededPackage {
  readonly ref: FactRef;
  /** `recordKey` of the package. */
  readonly package: string;
}

/** The build that made a layer. Packages that came in with this layer, or with unmarked ones below it, are of this build. */
export interface LayerBuild extends ProductBuild {
  readonly layer: number;
}

/** What other evidence says of the licenses of a package. */
export interface PackageLicenses {
  readonly type: PackageType;
  readonly name: string;
  /** Declared text, as in `PackageRecord.licenses`. */
  readonly licenses: readonly string[];
}

/** Where a package was found. */
export interface PackageLocation {
  readonly path: string;
  /** Layer whose file was read; 0 is the base. */
  readonly layer: number;
  /** Layer that introduced the package. */
  readonly introducedBy: number;
  readonly cataloger: string;
  /** As in `PackageRecord.inside`. */
  readonly inside?: string;
}

/** A package of an image: one per purl, with every place it was found. */
export interface Package extends Omit<PackageRecord, 'inside'> {
  readonly purl: string;
  /** All that `licenses` declares, as one SPDX expression, where that is certain. */
  readonly licenseExpression?: string;
  readonly locations: readonly PackageLocation[];
}
