import type { LayerBuild, Package } from '../../core/composition.ts';
import type { OsRelease, PackageType } from '../../core/facts.ts';
import type { Container, Host, ImageName, Process } from '../../core/inventory.ts';
import type { DiffId } from '../../core/layer.ts';
import type { FactsDifference } from '../ingest/ingest-store.ts';
import type { Page } from './page.ts';

// What queries answer. All times are ms since the epoch.

export interface NodeView {
  readonly node: string;
  readonly status: 'connected' | 'disconnected';
  readonly condition: 'ok' | 'degraded';
  readonly agentVersion: string;
  readonly firstSeen: number;
  readonly connectedAt: number;
  readonly lastSeen: number;
  /** Until when the certificate of its last session is valid; absent in plain text. */
  readonly certificateUntil?: number;
  /** Present when another agent claimed the node's name and was refused. */
  readonly duplicates?: Duplicates;
  /** Absent until the node has sent its state. */
  readonly host?: Host;
  readonly counts: NodeCounts;
}

/** Agents that were refused because another one of their node's name was connected. */
export interface Duplicates {
  readonly refused: number;
  readonly lastAt: number;
  readonly lastMessage: string;
}

export interface NodeCounts {
  readonly images: number;
  readonly containers: number;
  readonly running: number;
  readonly processes: number;
}

/** How far a thing has spread over the fleet. `running` counts containers. */
export interface Spread {
  readonly nodes: number;
  readonly containers: number;
  readonly running: number;
}

/** An image of the fleet: what is the same on every node. */
export interface ImageView {
  readonly imageId: string;
  /** Names that any node holds for it, without duplicates, in order. */
  readonly names: readonly string[];
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly builtAt?: number;
  readonly sizeBytes: number;
  /** How many packages it holds; absent while unknown. */
  readonly packages?: number;
  readonly release?: OsRelease;
  readonly spread: Spread;
}

export interface ImageDetail extends ImageView {
  /** Base first. */
  readonly diffIds: readonly DiffId[];
  readonly labels: Readonly<Record<string, string>>;
  readonly manifestDigests: readonly string[];
  /** Why its packages are unknown, as nodes say, when they are. */
  readonly problems: readonly string[];
  /** Of a product's maker, that layers came from; layers by their place in `diffIds`. */
  readonly builds: readonly LayerBuild[];
  /** True when opaque directories of its layers could not be seen: packages may be listed that are hidden. */
  readonly opaqueBlind: boolean;
}

/** An image as one node holds it. */
export interface NodeImageView {
  readonly imageId: string;
  readonly names: readonly ImageName[];
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly builtAt?: number;
  readonly sizeBytes: number;
  readonly pinned: boolean;
  readonly firstSeen: number;
  readonly lastUsed?: number;
  readonly packages?: number;
  readonly problem?: string;
  /** Containers of it on this node. */
  readonly containers: number;
  readonly running: number;
}

export interface ContainerView extends Container {
  readonly node: string;
}

export interface ProcessView extends Process {
  readonly node: string;
}

/** A package of the fleet, whatever image it is in. */
export interface PackageView extends Omit<Package, 'locations'> {
  readonly images: number;
  readonly spread: Spread;
}

/** A package on one node, and in which of its images. */
export interface NodePackageView extends Omit<Package, 'locations'> {
  readonly imageIds: readonly string[];
}

/** A node that holds an image. */
export interface ImageHolder {
  readonly node: string;
  readonly status: NodeView['status'];
  readonly firstSeen: number;
  readonly lastUsed?: number;
}

export interface PackageFilter {
  /** Full name as the ecosystem writes it (`@scope/name`); a `*` at the end asks for all that begin so. */
  readonly name?: string;
  readonly type?: PackageType;
}

/** A package that a question matched: by its name, or by the name of the source package it was built from. */
export interface MatchedPackage {
  readonly purl: string;
  readonly version: string;
  readonly matchedBy: 'name' | 'source';
}

export interface WhereImage extends ImageView {
  readonly matches: readonly MatchedPackage[];
}

export interface WhereContainer extends ContainerView {
  readonly matches: readonly MatchedPackage[];
}

export interface WhereNode {
  readonly node: string;
  readonly status: NodeView['status'];
  /** Matching images on it, and running containers of them. */
  readonly images: number;
  readonly running: number;
}

export interface WhereTotals extends Spread {
  /** Distinct package URLs that matched. */
  readonly packages: number;
  readonly images: number;
}

/** Where packages are: the first page of each list. Images and containers that run come first. */
export interface WhereAnswer {
  readonly totals: WhereTotals;
  readonly images: Page<WhereImage>;
  readonly containers: Page<WhereContainer>;
  readonly nodes: Page<WhereNode>;
}

/** From when to when an image or container was on a node. */
export interface Life {
  readonly node: string;
  readonly kind: 'image' | 'container';
  /** Key of the state item. */
  readonly key: string;
  /** For people: a name. */
  readonly summary: string;
  readonly appearedAt: number;
  /** Absent: still there. */
  readonly goneAt?: number;
}

export interface HistoryFilter {
  readonly node?: string;
  readonly kind?: Life['kind'];
  /** Only what came or went at this time or later. */
  readonly since?: number;
}

/** Agents that were turned away, equal reasons counted together. */
export interface RefusalView {
  readonly node: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A layer that a second node read too, to compare. */
export interface VerificationView {
  readonly diffId: DiffId;
  readonly catalogerSet: string;
  /** Who read it again. */
  readonly node: string;
  readonly outcome: 'same' | 'different';
  readonly at: number;
  /** Present when different. */
  readonly difference?: FactsDifference;
  /** Present when different, and somebody knows of it. */
  readonly acknowledged?: Acknowledgement;
}

/** Somebody knows of a difference, and it need not be shown as news. */
export interface Acknowledgement {
  /** Who, as the client says. */
  readonly by: string;
  readonly at: number;
  readonly reason?: string;
}

export interface VerificationFilter {
  /** `open`: different, and not acknowledged. */
  readonly outcome?: VerificationView['outcome'] | 'open';
}

/** The fleet in a row of numbers. */
export interface Summary {
  readonly nodes: number;
  readonly connected: number;
  readonly degraded: number;
  readonly images: number;
  /** Images whose packages are not known (yet). */
  readonly imagesWithoutPackages: number;
  readonly layers: number;
  /** Distinct package URLs. */
  readonly packages: number;
  readonly containers: number;
  readonly running: number;
  readonly processes: number;
}
