import type { Composition } from '../../../core/composition.ts';
import type { CatalogerFacts } from '../../../core/facts.ts';
import type { PackageQuery } from '../../../core/version-range.ts';
import { withDeadline } from '../../../platform/deadline.ts';
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
import { StoreError } from '../store-error.ts';
import type { PrunePolicy, PruneResult, Store } from '../store.ts';
import type { HistoryFilter, PackageFilter, VerificationFilter } from '../views.ts';
import { CALL_MS } from './calls.ts';
import { Chores } from './chores.ts';
import { claimContent, lacking } from './claims.ts';
import { CommandListener } from './command-listener.ts';
import { commandsSent, pendingCommands } from './command-rows.ts';
import { putComposition } from './composition-rows.ts';
import { connect } from './connect.ts';
import { connectDatabase, type Database, type Statements } from './database.ts';
import { eventsStored, putEvents } from './event-rows.ts';
import { Grants } from './grants.ts';
import { Heartbeats } from './heartbeats.ts';
import { imageContainers, imageDetail, imageNodes, imagePackages, images } from './image-queries.ts';
import { imageRowId } from './image-rows.ts';
import { contentStamp, KnownContent } from './known-content.ts';
import { putLayerFacts, suppliedFacts } from './layer-facts-rows.ts';
import { releaseLeases } from './lease-rows.ts';
import { history } from './lives.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { node, nodeContainers, nodeImages, nodePackages, nodeProcesses, nodes } from './node-queries.ts';
import { endSession, nodeIdOf, nodesElsewhere, refusals, startSession } from './node-rows.ts';
import { Orders } from './orders.ts';
import { packageOf, packages } from './package-queries.ts';
import { isOutside, toStoreError } from './postgres-error.ts';
import { pruneSteps } from './prune.ts';
import { Replica } from './replica.ts';
import { applyState, bucketHashes, bucketItems } from './state.ts';
import { sizes, summary } from './summary.ts';
import { putVerification, verifications } from './verification-rows.ts';
import { alone, type Turn } from './works.ts';
import { where, whereContainers, whereImages, whereNodes } from './where.ts';

/** Connections of one collector, beside the one that listens. */
const MOST_CONNECTIONS = 10;
/** How long closing waits for what is under way, seconds. */
const CLOSE_SECONDS = 5;
/** So many written items may have left changes of images that are better folded now. */
const ITEMS_TO_FOLD = 2000;

export interface PostgresOptions {
  /** `postgres://USER:PASSWORD@HOST/DATABASE`. */
  readonly url: string;
  /** Names this collector among those over the database; unlike any other, ever. */
  readonly replica: string;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Hears of work that failed with nobody waiting for it. */
  readonly onProblem: (error: StoreError) => void;
}

/**
 * The store in a PostgreSQL database, which any number of collectors may have open. Upgrades its schema, and ends the
 * sessions of collectors that are no more. Throws a StoreError.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const database = connectDatabase({ url: options.url, most: MOST_CONNECTIONS });
  const store = new PostgresStore(database, options);
  try {
    await withDeadline(migrate(database, migrations), CALL_MS, 'upgrading the schema');
    await store.begin();
    return store;
  } catch (error) {
    await database.close(0);
    throw toStoreError(error);
  }
}

/** Joins the parts; each method is one statement of what it does. */
class PostgresStore extends Orders implements Store {
  readonly #database: Database;
  readonly #replica: Replica;
  readonly #heartbeats: Heartbeats;
  readonly #listener: CommandListener;
  readonly #options: PostgresOptions;
  readonly #watchers: ((node: string) => void)[] = [];
  #chores: Chores | undefined;
  readonly #grants = new Grants((work) => this.settle((database) => database.transaction(work), 'later'));
  readonly #known = new KnownContent(() => this.settle((database) => contentStamp(database)));
  #itemsToFold = 0;

  constructor(database: Database, options: PostgresOptions) {
    super(database, options.replica);
    this.#database = database;
    this.#options = options;
    this.#replica = new Replica(database, options.replica);
    this.#heartbeats = new Heartbeats(database, options.replica);
    this.#listener = new CommandListener(
      () => connect(options.url),
      options.replica,
      (name) => this.#tell(name),
    );
  }

  /** Makes this collector known to the others. */
  async begin(): Promise<void> {
    this.#chores = new Chores({
      database: this.#database,
      replica: this.#replica,
      heartbeats: this.#heartbeats,
      listener: this.#listener,
      clock: this.#options.clock,
      onCommand: (name) => this.#tell(name),
      onProblem: (error) => this.#options.onProblem(error),
    });
    await this.#chores.begin();
  }

  get backlog() {
    return this.#database.waiting('first') + this.#database.waiting('later') + this.#grants.size;
  }

  async startSession(start: SessionStart) {
    try {
      const outcome = await this.settle((database) => startSession(database, this.#replica.id, start));
      if (outcome === 'started') this.#replica.has(start.node);
      return outcome;
    } catch (error) {
      this.#replica.endLater(start);
      throw error;
    }
  }

  async endSession(name: string, instance: string, at: number) {
    const session = { node: name, instance, at };
    this.#replica.hasNot(name);
    try {
      await this.settle((database) => endSession(database, this.#replica.id, session));
    } catch (error) {
      this.#replica.endLater(session);
      throw error;
    }
  }

  heartbeat(name: string, at: number, condition: 'ok' | 'degraded') {
    return this.settle(() => {
      this.#heartbeats.note(name, at, condition);
      return Promise.resolve();
    });
  }

  bucketHashes(name: string) {
    return this.snapshot((statements) => bucketHashes(statements, name));
  }

  applyState(name: string, upserts: readonly IncomingItem[], deletes: readonly string[], at: number) {
    return this.settle(async (database) => {
      const before = await applyState(database, this.#replica.id, { node: name, upserts, deletes, at });
      this.#foldSoon(upserts.length + deletes.length);
      return before;
    }, 'later');
  }

  bucketItems(name: string, buckets: readonly number[]) {
    return this.snapshot((statements) => bucketItems(statements, name, buckets), 'later');
  }

  lacking(refs: readonly ContentRef[]) {
    return this.settle((database) => lacking(database, refs), 'later');
  }

  claimContent(claim: ContentClaim) {
    return this.settle(
      (database) => claimContent({ database, known: this.#known, grants: this.#grants }, claim),
      'later',
    );
  }

  releaseLeases(tokens: readonly number[]) {
    return this.settle((database) => releaseLeases(database, tokens), 'later');
  }

  putLayerFacts(ref: ContentRef, facts: readonly CatalogerFacts[], at: number, lease?: ContentLease) {
    return this.settle((database) => putLayerFacts(database, ref, facts, at, lease), 'later');
  }

  putComposition(ref: ContentRef, composition: Composition, at: number, lease?: ContentLease) {
    return this.settle((database) => putComposition(database, ref, composition, at, lease), 'later');
  }

  suppliedFacts(ref: ContentRef) {
    return this.snapshot((statements) => suppliedFacts(statements, ref), 'later');
  }

  putVerification(verification: Verification) {
    return this.settle((database) => putVerification(database, verification), 'later');
  }

  eventsStored(name: string, epoch: string) {
    return this.settle((database) => eventsStored(database, name, epoch));
  }

  putEvents(name: string, epoch: string, events: readonly IncomingEvent[], at: number) {
    return this.settle((database) => putEvents(database, name, epoch, events, at), 'later');
  }

  pendingCommands(...asked: Parameters<Store['pendingCommands']>) {
    return this.settle((database) => pendingCommands(database, ...asked));
  }

  watchCommands(onCommand: (node: string) => void) {
    this.#watchers.push(onCommand);
  }

  commandsSent(ids: readonly string[], at: number) {
    return this.settle((database) => commandsSent(database, ids, at));
  }

  nodes(page: PageRequest) {
    return this.settle(async (database) => {
      await this.#heartbeats.flush();
      return nodes(database, page);
    });
  }

  node(name: string) {
    return this.settle(async (database) => {
      await this.#heartbeats.flush();
      return node(database, name);
    });
  }

  nodeImages(name: string, page: PageRequest) {
    return this.#ofNode(name, (statements, id) => nodeImages(statements, id, page));
  }

  nodeContainers(name: string, page: PageRequest) {
    return this.#ofNode(name, (statements, id) => nodeContainers(statements, id, page));
  }

  nodeProcesses(name: string, page: PageRequest) {
    return this.#ofNode(name, (statements, id) => nodeProcesses(statements, { id, name }, page));
  }

  nodePackages(name: string, page: PageRequest) {
    return this.#ofNode(name, (statements, id) => nodePackages(statements, id, page));
  }

  images(page: PageRequest) {
    return this.snapshot((statements) => images(statements, page));
  }

  image(imageId: string) {
    return this.snapshot((statements) => imageDetail(statements, imageId));
  }

  imagePackages(imageId: string, page: PageRequest) {
    return this.#ofImage(imageId, (statements, id) => imagePackages(statements, id, page));
  }

  imageNodes(imageId: string, page: PageRequest) {
    return this.#ofImage(imageId, (statements, id) => imageNodes(statements, id, page));
  }

  imageContainers(imageId: string, page: PageRequest) {
    return this.#ofImage(imageId, (statements, id) => imageContainers(statements, id, page));
  }

  packages(filter: PackageFilter, page: PageRequest) {
    return this.snapshot((statements) => packages(statements, filter, page));
  }

  package(purl: string) {
    return this.snapshot((statements) => packageOf(statements, purl));
  }

  where(query: PackageQuery, limit: number) {
    return this.snapshot((statements) => where(statements, query, limit));
  }

  whereImages(query: PackageQuery, page: PageRequest) {
    return this.snapshot((statements) => whereImages(statements, query, page));
  }

  whereContainers(query: PackageQuery, page: PageRequest) {
    return this.snapshot((statements) => whereContainers(statements, query, page));
  }

  whereNodes(query: PackageQuery, page: PageRequest) {
    return this.snapshot((statements) => whereNodes(statements, query, page));
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
    return this.settle(async (database) => {
      await this.#heartbeats.flush();
      return summary(database);
    });
  }

  sizes() {
    return this.settle((database) => sizes(database));
  }

  check() {
    return this.settle(async (database) => {
      // A standby, or a primary whose disk is full, takes no writes.
      await database.run(`UPDATE replicas SET lapses_at = lapses_at WHERE id = $1`, this.#replica.id);
    });
  }

  async alone<T>(work: string, turn: Turn, run: (othersDid: boolean) => Promise<T>) {
    if (this.closed) throw new StoreError('closed', 'the store is closed');
    // No deadline: the work's own calls have theirs, and the wait for the lock has the server's.
    try {
      return await alone(this.#database, this.#replica.id, { work, turn }, run);
    } catch (error) {
      // The work's own errors are the caller's.
      throw isOutside(error) ? toStoreError(error) : error;
    }
  }

  connectedElsewhere() {
    return this.settle((database) => nodesElsewhere(database, this.#replica.id));
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
    await this.alone('prune', 'try', async () => {
      for await (const { kind, removed } of pruneSteps(this.#database, policy, at)) {
        total[kind] += removed;
        if (this.closed) break;
      }
    });
    return total;
  }

  async close() {
    if (this.closed) return;
    this.refuse();
    await this.#chores?.stop();
    try {
      await withDeadline(
        this.#heartbeats.flush().then(() => this.#replica.leave()),
        CLOSE_SECONDS * 1000,
        'the last words to the database',
      );
    } catch (error) {
      this.#options.onProblem(toStoreError(error));
    } finally {
      await this.#listener.close();
      await this.#database.close(CLOSE_SECONDS);
    }
  }

  #tell(name: string): void {
    for (const onCommand of this.#watchers) onCommand(name);
  }

  #foldSoon(items: number): void {
    this.#itemsToFold += items;
    if (this.#itemsToFold < ITEMS_TO_FOLD) return;
    this.#itemsToFold = 0;
    // Should it fail, the chores' own turn says so.
    this.#chores?.fold().catch(() => undefined);
  }

  #ofNode<T>(name: string, work: (statements: Statements, id: number) => Promise<T>): Promise<T | undefined> {
    return this.snapshot(async (statements) => {
      const id = await nodeIdOf(statements, name);
      return id === undefined ? undefined : work(statements, id);
    });
  }

  #ofImage<T>(
    imageId: string,
    work: (statements: Statements, id: number) => Promise<T>,
  ): Promise<T | undefined> {
    return this.snapshot(async (statements) => {
      const id = await imageRowId(statements, imageId);
      return id === undefined ? undefined : work(statements, id);
    });
  }
}
