import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogerFacts } from '../../../core/facts.ts';
import type { Composition } from '../../../core/composition.ts';
import type { PackageQuery } from '../../../core/version-range.ts';
import type {
  ContentClaim,
  ContentLease,
  ContentRef,
  IncomingEvent,
  IncomingItem,
  SessionStart,
  Verification,
} from '../../ingest/ingest-store.ts';
import type { PageRequest } from '../page.ts';
import type { StoreError } from '../store-error.ts';
import type { PrunePolicy, PruneResult, Store } from '../store.ts';
import type { HistoryFilter, PackageFilter, VerificationFilter } from '../views.ts';
import { claimContent } from './claims.ts';
import { commandsSent, pendingCommands } from './command-rows.ts';
import { lacking, putComposition } from './composition-rows.ts';
import type { Database } from './database.ts';
import { eventsStored, putEvents } from './event-rows.ts';
import { Heartbeats } from './heartbeats.ts';
import { HeldContent } from '../held-content.ts';
import { ImageNodes } from './image-nodes.ts';
import { imageContainers, imageDetail, imageNodes, imagePackages, images } from './image-queries.ts';
import { imageRowId } from './image-rows.ts';
import { putLayerFacts, suppliedFacts } from './layer-facts-rows.ts';
import { endAllLeases, releaseLeases } from './lease-rows.ts';
import { history } from './lives.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { node, nodeContainers, nodeImages, nodePackages, nodeProcesses, nodes } from './node-queries.ts';
import { endAllSessions, endSession, nodeIdOf, refusals, startSession } from './node-rows.ts';
import { openDatabase, type OpenDatabase } from './open.ts';
import { Orders } from './orders.ts';
import { packageOf, packages } from './package-queries.ts';
import { pruneSteps } from './prune.ts';
import { toStoreError } from './sqlite-error.ts';
import { applyState, bucketHashes, bucketItems } from './state.ts';
import { sizes, summary } from './summary.ts';
import { putVerification, verifications } from './verification-rows.ts';
import { where, whereContainers, whereImages, whereNodes } from './where.ts';

/** How long a heartbeat may wait to be written. */
const HEARTBEAT_DELAY_MS = 2000;

/**
 * The store in one SQLite file of a folder. Opens it for this process alone, upgrades its schema, and ends the sessions
 * of an earlier process. `onProblem` hears of writes that failed with nobody waiting for them.
 * Throws a StoreError.
 */
export function openSqliteStore(directory: string, onProblem: (error: StoreError) => void): Store {
  const opened = openDatabase(directory);
  try {
    migrate(opened.database, migrations);
    endAllSessions(opened.database);
    endAllLeases(opened.database);
    return new SqliteStore(opened, ImageNodes.load(opened.database), onProblem);
  } catch (error) {
    opened.close();
    throw toStoreError(error, opened.path);
  }
}

/** Joins the parts; each method is one statement of what it does, in one turn of the event loop. */
class SqliteStore extends Orders implements Store {
  readonly #opened: OpenDatabase;
  readonly #database: Database;
  readonly #index: ImageNodes;
  readonly #heartbeats: Heartbeats;
  readonly #held = new HeldContent();
  readonly #onProblem: (error: StoreError) => void;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(opened: OpenDatabase, index: ImageNodes, onProblem: (error: StoreError) => void) {
    super(opened);
    this.#opened = opened;
    this.#database = opened.database;
    this.#index = index;
    this.#heartbeats = new Heartbeats(opened.database);
    this.#onProblem = onProblem;
  }

  /** Each call is made at once. */
  get backlog() {
    return 0;
  }

  startSession(start: SessionStart) {
    return this.settle((database) => startSession(database, start));
  }

  endSession(name: string, instance: string, at: number) {
    return this.settle((database) => endSession(database, name, instance, at));
  }

  heartbeat(name: string, at: number, condition: 'ok' | 'degraded') {
    return this.settle(() => {
      this.#heartbeats.note(name, at, condition);
      this.#flushTimer ??= setTimeout(() => this.#flushLater(), HEARTBEAT_DELAY_MS).unref();
    });
  }

  bucketHashes(name: string) {
    return this.settle((database) => bucketHashes(database, name));
  }

  applyState(name: string, upserts: readonly IncomingItem[], deletes: readonly string[], at: number) {
    return this.settle((database) => applyState(database, this.#index, name, upserts, deletes, at));
  }

  bucketItems(name: string, buckets: readonly number[]) {
    return this.settle((database) => bucketItems(database, name, buckets));
  }

  lacking(refs: readonly ContentRef[]) {
    return this.settle((database) => lacking(database, refs));
  }

  claimContent(claim: ContentClaim) {
    // What nodes hear of as held, they do not offer again.
    return this.durable(
      (database) => claimContent(database, this.#held, claim),
      (log) => log.underWay(),
    );
  }

  releaseLeases(tokens: readonly number[]) {
    return this.settle((database) => releaseLeases(database, tokens));
  }

  putLayerFacts(ref: ContentRef, facts: readonly CatalogerFacts[], at: number, lease?: ContentLease) {
    return this.durable((database) => putLayerFacts(database, ref, facts, at, lease));
  }

  putComposition(ref: ContentRef, composition: Composition, at: number, lease?: ContentLease) {
    return this.durable((database) => putComposition(database, ref, composition, at, lease));
  }

  suppliedFacts(ref: ContentRef) {
    return this.settle((database) => suppliedFacts(database, ref));
  }

  putVerification(verification: Verification) {
    return this.durable((database) => putVerification(database, verification));
  }

  eventsStored(name: string, epoch: string) {
    return this.settle((database) => eventsStored(database, name, epoch));
  }

  putEvents(name: string, epoch: string, events: readonly IncomingEvent[], at: number) {
    return this.durable((database) => putEvents(database, name, epoch, events, at));
  }

  pendingCommands(...asked: Parameters<Store['pendingCommands']>) {
    return this.settle((database) => pendingCommands(database, ...asked));
  }

  /** No other process has the database. */
  watchCommands(): void {}

  commandsSent(ids: readonly string[], at: number) {
    return this.settle((database) => commandsSent(database, ids, at));
  }

  nodes(page: PageRequest) {
    return this.settle((database) => {
      this.#heartbeats.flush();
      return nodes(database, page);
    });
  }

  node(name: string) {
    return this.settle((database) => {
      this.#heartbeats.flush();
      return node(database, name);
    });
  }

  nodeImages(name: string, page: PageRequest) {
    return this.#ofNode(name, (database, id) => nodeImages(database, id, page));
  }

  nodeContainers(name: string, page: PageRequest) {
    return this.#ofNode(name, (database, id) => nodeContainers(database, id, page));
  }

  nodeProcesses(name: string, page: PageRequest) {
    return this.#ofNode(name, (database, id) => nodeProcesses(database, { id, name }, page));
  }

  nodePackages(name: string, page: PageRequest) {
    return this.#ofNode(name, (database, id) => nodePackages(database, id, page));
  }

  images(page: PageRequest) {
    return this.settle((database) => images(database, page));
  }

  image(imageId: string) {
    return this.settle((database) => imageDetail(database, imageId));
  }

  imagePackages(imageId: string, page: PageRequest) {
    return this.#ofImage(imageId, (database, id) => imagePackages(database, id, page));
  }

  imageNodes(imageId: string, page: PageRequest) {
    return this.#ofImage(imageId, (database, id) => imageNodes(database, id, page));
  }

  imageContainers(imageId: string, page: PageRequest) {
    return this.#ofImage(imageId, (database, id) => imageContainers(database, id, page));
  }

  packages(filter: PackageFilter, page: PageRequest) {
    return this.settle((database) => packages(database, this.#index, filter, page));
  }

  package(purl: string) {
    return this.settle((database) => packageOf(database, this.#index, purl));
  }

  where(query: PackageQuery, limit: number) {
    return this.settle((database) => where(database, this.#index, query, limit));
  }

  whereImages(query: PackageQuery, page: PageRequest) {
    return this.settle((database) => whereImages(database, query, page));
  }

  whereContainers(query: PackageQuery, page: PageRequest) {
    return this.settle((database) => whereContainers(database, query, page));
  }

  whereNodes(query: PackageQuery, page: PageRequest) {
    return this.settle((database) => whereNodes(database, this.#index, query, page));
  }

  history(filter: HistoryFilter, page: PageRequest) {
    return this.settle((database) => history(database, filter, page));
  }

  refusals(page: PageRequest) {
    return this.settle((database) => refusals(database, page));
  }

  verifications(filter: VerificationFilter, page: PageRequest) {
    return this.settle((database) => verifications(database, filter, page));
  }

  summary() {
    return this.settle((database) => {
      this.#heartbeats.flush();
      return summary(database);
    });
  }

  sizes() {
    return this.settle((database) => sizes(database, this.#opened.path));
  }

  check() {
    return this.settle((database) => {
      // Takes the lock that a write takes, and writes nothing.
      database.transaction(() => database.number('SELECT count(*) FROM nodes'));
    });
  }

  /** There is no other collector. */
  alone<T>(_work: string, _turn: 'take' | 'keep', run: (othersDid: boolean) => Promise<T>): Promise<T> {
    return run(false);
  }

  connectedElsewhere(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set());
  }

  async prune(policy: PrunePolicy, at: number): Promise<PruneResult> {
    const total: Record<keyof PruneResult, number> = {
      lives: 0,
      events: 0,
      nodes: 0,
      images: 0,
      compositions: 0,
      layers: 0,
      packages: 0,
      orders: 0,
    };
    try {
      this.#heartbeats.flush();
      for (const { kind, removed, marked } of pruneSteps(this.#database, this.#index, policy, at)) {
        total[kind] += removed;
        if (marked) this.#held.clear();
        await nextTurn();
        if (this.closed) break;
      }
    } catch (error) {
      throw toStoreError(error, this.#opened.path);
    }
    return total;
  }

  close() {
    if (this.closed) return Promise.resolve();
    return this.settle(() => {
      this.refuse();
      clearTimeout(this.#flushTimer);
      try {
        this.#heartbeats.flush();
      } finally {
        this.#opened.close();
      }
    });
  }

  #ofNode<T>(name: string, work: (database: Database, id: number) => T): Promise<T | undefined> {
    return this.settle((database) => {
      const id = nodeIdOf(database, name);
      return id === undefined ? undefined : work(database, id);
    });
  }

  #ofImage<T>(imageId: string, work: (database: Database, id: number) => T): Promise<T | undefined> {
    return this.settle((database) => {
      const id = imageRowId(database, imageId);
      return id === undefined ? undefined : work(database, id);
    });
  }

  #flushLater(): void {
    this.#flushTimer = undefined;
    try {
      this.#heartbeats.flush();
    } catch (error) {
      this.#onProblem(toStoreError(error, this.#opened.path));
    }
  }
}
