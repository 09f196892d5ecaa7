import type { PackageQuery } from '../../core/version-range.ts';
import type { EnrollStore } from '../enroll/enroll-store.ts';
import type { IngestStore } from '../ingest/ingest-store.ts';
import type { Package } from '../../core/composition.ts';
import type { FleetOrders } from './fleet-orders.ts';
import type { Page, PageRequest } from './page.ts';
import type {
  ContainerView,
  HistoryFilter,
  ImageDetail,
  ImageHolder,
  ImageView,
  Life,
  NodeImageView,
  NodePackageView,
  NodeView,
  PackageFilter,
  PackageView,
  ProcessView,
  RefusalView,
  Summary,
  VerificationFilter,
  VerificationView,
  WhereAnswer,
  WhereContainer,
  WhereImage,
  WhereNode,
} from './views.ts';

/**
 * The fleet's inventory. One collector at a time has the embedded one; several may have a PostgreSQL database.
 *
 * What every implementation promises:
 * - A write is committed when its promise is fulfilled, wholly or not at all. Events and content also survive a
 *   loss of power from then on. State may fall back to an earlier commit after one: the next comparison of
 *   hashes with the node mends it. Heartbeats may be written late; queries of the same collector see them at once.
 * - A query sees one moment. It sees every write whose promise was fulfilled before it was asked.
 * - An image's packages are those of the newest stored composition that any node has named for it and that is of
 *   the image's own layers. They are there when both the composition and an image naming it are stored, in
 *   whichever order these came.
 * - When a store is opened, the sessions of collectors that are no more are ended; later too, once their leases lapse.
 * - A node's state is written by the session that began last, at whichever collector: others fail with `moved`.
 * - Errors are StoreErrors.
 */
export interface Store extends IngestStore, EnrollStore, InventoryQueries, FleetOrders {
  /**
   * Removes what is too old to matter, in short steps between which other calls proceed. Content that nothing needs is only
   * marked; a run that comes CONTENT_GRACE_MS later removes it. Returns what it removed.
   */
  prune(policy: PrunePolicy, at: number): Promise<PruneResult>;
  /**
   * Runs work that one collector at a time does, when no other is at it. `keep`: only as long as this collector was the
   * last one to do it, or the last one is no more; undefined otherwise. `take`: in any case, and it is this one's from
   * then on. The work hears whether another collector did it since: then what is remembered of it may be old.
   */
  alone<T>(
    work: string,
    turn: 'take' | 'keep',
    run: (othersDid: boolean) => Promise<T>,
  ): Promise<T | undefined>;
  /** Nodes that have a session at another collector. */
  connectedElsewhere(): Promise<ReadonlySet<string>>;
  /** Fails when the store cannot be read or written. */
  check(): Promise<void>;
  /** Bytes on disk, and rows of the main tables, those of large ones estimated: for metrics. */
  sizes(): Promise<StoreSizes>;
  /** Ends all use; further calls fail with `closed`. */
  close(): Promise<void>;
}

/**
 * Lists come in pages; each has its own fixed order, named here. Undefined: there is no such node or image.
 */
export interface InventoryQueries {
  /** By name. */
  nodes(page: PageRequest): Promise<Page<NodeView>>;
  node(node: string): Promise<NodeView | undefined>;
  /** By image ID. */
  nodeImages(node: string, page: PageRequest): Promise<Page<NodeImageView> | undefined>;
  /** By first appearance. */
  nodeContainers(node: string, page: PageRequest): Promise<Page<ContainerView> | undefined>;
  /** By boot, pid, start. */
  nodeProcesses(node: string, page: PageRequest): Promise<Page<ProcessView> | undefined>;
  /** By package URL. Packages of the images on the node. */
  nodePackages(node: string, page: PageRequest): Promise<Page<NodePackageView> | undefined>;

  /** By image ID. Only images that some node holds, or some container was made from. */
  images(page: PageRequest): Promise<Page<ImageView>>;
  image(imageId: string): Promise<ImageDetail | undefined>;
  /** By package URL. Empty while unknown. */
  imagePackages(imageId: string, page: PageRequest): Promise<Page<Package> | undefined>;
  /** By node name. */
  imageNodes(imageId: string, page: PageRequest): Promise<Page<ImageHolder> | undefined>;
  /** Running first, then by first appearance. */
  imageContainers(imageId: string, page: PageRequest): Promise<Page<ContainerView> | undefined>;

  /** By name, then package URL. Only packages of images that are somewhere. */
  packages(filter: PackageFilter, page: PageRequest): Promise<Page<PackageView>>;
  /** By its exact, canonical package URL; undefined when no image that is somewhere has it. */
  package(purl: string): Promise<PackageView | undefined>;

  /** First pages of the three lists below, and how many there are of each. */
  where(query: PackageQuery, limit: number): Promise<WhereAnswer>;
  /** Images with running containers first, then by image ID. */
  whereImages(query: PackageQuery, page: PageRequest): Promise<Page<WhereImage>>;
  /** Running ones first. */
  whereContainers(query: PackageQuery, page: PageRequest): Promise<Page<WhereContainer>>;
  /** By name. */
  whereNodes(query: PackageQuery, page: PageRequest): Promise<Page<WhereNode>>;

  /** Latest change first. */
  history(filter: HistoryFilter, page: PageRequest): Promise<Page<Life>>;
  /** Latest first. */
  refusals(page: PageRequest): Promise<Page<RefusalView>>;
  /** Latest first. */
  verifications(filter: VerificationFilter, page: PageRequest): Promise<Page<VerificationView>>;
  summary(): Promise<Summary>;
}

/** How long things are kept, ms. */
export interface PrunePolicy {
  /** After a thing has gone, a receipt was stored, or a plan or rollout last changed. */
  readonly historyMs: number;
  /** Most lives kept that have ended. */
  readonly historyRows: number;
  /** After an event was stored, or a command, a join token or a certificate expired. */
  readonly eventMs: number;
  /** A node and its whole state, after it was last seen. */
  readonly nodeMs: number;
  /** Facts and compositions, after they were stored, once no image needs them. */
  readonly contentMs: number;
}

export interface PruneResult {
  readonly lives: number;
  readonly events: number;
  readonly nodes: number;
  readonly images: number;
  readonly compositions: number;
  readonly layers: number;
  readonly packages: number;
  /** Receipts, plans and rollouts. */
  readonly orders: number;
}

export interface StoreSizes {
  readonly databaseBytes: number;
  readonly rows: Readonly<Record<string, number>>;
}
