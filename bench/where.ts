import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openPostgresStore } from '../collector/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../collector/store/store.ts';
import { parseQuery } from '../core/version-range.ts';
import { incoming, makeFleet, startNode } from '../test/support/fleet.ts';
import { startDatabase, type BenchDatabase } from './support/database.ts';
import { inWorkplace } from './support/workplace.ts';

// How fast the collector answers "where does this run?", and takes in a node's state, on a fleet of 10,000 nodes with
// 50 images each, drawn from 500. Budget of a question: 50 ms.
// Times are processor time, all threads. With PostgreSQL, those of questions are with the time of its processes, and
// those of what is stored are wall time.
// node bench/where.ts [NODES] [STORE=sqlite|postgres] [DIRECTORY to keep the SQLite database in]

const nodes = Number(process.argv[2] ?? 10_000);
const STORE = process.argv[3] ?? 'sqlite';
const kept = process.argv[4];
const BUDGET_MS = 50;
const RUNS = 15;
/** As many as a collector that starts anew has at it: each agent sends one state at a time. */
const AT_ONCE = STORE === 'sqlite' ? 1 : 10;

type Work = () => Promise<unknown>;

const fleet = makeFleet({
  seed: 1,
  nodes,
  images: 500,
  imagesPerNode: 50,
  containersPerNode: 30,
  processesPerNode: 40,
  packages: 300,
});

await inWorkplace('where', async (place) => {
  const directory = kept ?? place.folder;
  const database = STORE === 'sqlite' ? undefined : await startDatabase(place);
  const store = database ? await openPostgres(database) : openSqliteStore(directory, complain);
  place.onEnd(() => store.close());
  const content = await cost(async () => {
    for (const { ref, facts } of fleet.layers) await store.putLayerFacts(ref, facts, 0);
    for (const { ref, composition } of fleet.images) await store.putComposition(ref, composition, 0);
  });
  report('content of 500 images (512 layers, 200,000 packages)', content);

  const syncs: number[] = [];
  const sync = async (at: number): Promise<void> => {
    const name = fleet.nodeName(at);
    const items = fleet.state(at).map(incoming);
    await startNode(store, name, 0);
    syncs.push(await cost(() => store.applyState(name, items, [], 0)));
  };
  const all = await cost(async () => {
    for (let from = 0; from < nodes; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, nodes - from) }, (_, at) => sync(from + at));
      await Promise.all(some);
    }
  });
  const perNode = `first sync of a node (${fleet.state(0).length} items)`;
  report(`${perNode}, median`, percentile(syncs, 0.5));
  report(`${perNode}, 99th percentile`, percentile(syncs, 0.99));
  report(`${perNode}, of all of them, ${AT_ONCE} at a time`, all / nodes);
  const measure = database === undefined ? leastOf : (work: Work) => meanOf(work, database);
  const again = measure(() => store.applyState(fleet.nodeName(0), [incoming(fleet.state(0)[5]!)], [], 1));
  report('one changed item', await again);
  report('hash comparison of a node', await measure(() => store.bucketHashes(fleet.nodeName(1))));

  for (const query of [
    'openssl',
    'openssl <2',
    'lodash >=2.0.0 <2.5.0',
    'pkg:npm/lodash@1.2.3',
    'pkg:deb/debian/lib7',
    'no-such-package',
  ]) {
    const parsed = parseQuery(query);
    const { totals } = await store.where(parsed, 100);
    const took = await measure(() => store.where(parsed, 100));
    const found = `${totals.images} images, ${totals.nodes} nodes, ${totals.running} running containers`;
    report(`where ${query} (${found})`, took, BUDGET_MS);
  }
  report('summary', await measure(() => store.summary()));
  report('packages, first 100', await measure(() => store.packages({}, { limit: 100 })));
  report('nodes, first 100', await measure(() => store.nodes({ limit: 100 })));
  report(
    'packages of a node, first 100',
    await measure(() => store.nodePackages(fleet.nodeName(3), { limit: 100 })),
  );
  report('history, first 100', await measure(() => store.history({}, { limit: 100 })));
  console.log(`database  ${((await store.sizes()).databaseBytes / 1048576).toFixed(1)} MiB`);
  console.log(`resident  ${(process.memoryUsage.rss() / 1048576).toFixed(1)} MiB`);
  if (database === undefined && kept !== undefined) printTables(join(directory, 'tallyman.db'));
});

/** The socket is found by the environment, as a collector finds it. */
async function openPostgres({ url, env }: BenchDatabase): Promise<Store> {
  Object.assign(process.env, env);
  return await openPostgresStore({ url, replica: 'bench', clock: Date.now, onProblem: complain });
}

/** What failed with nobody waiting for it is tried again. */
function complain(error: Error): void {
  console.error(error.message);
}

/** One run, the least of many, ms: other work on the machine does not count. */
async function leastOf(work: Work): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await cost(work));
  return Math.min(...times);
}

/** One run, the mean of many, ms: the system tells the processor time of others in steps of 10 ms. */
async function meanOf(work: Work, database: BenchDatabase): Promise<number> {
  for (let run = 0; run < RUNS; run += 1) await work();
  const before = process.cpuUsage();
  const databaseBefore = database.cpuMs();
  for (let run = 0; run < RUNS; run += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 + database.cpuMs() - databaseBefore) / RUNS;
}

async function cost(work: Work): Promise<number> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await work();
  if (STORE !== 'sqlite') return performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function percentile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0;
}

function report(what: string, ms: number, budget?: number): void {
  const ratio = budget === undefined ? '' : `  ${(ms / budget).toFixed(2)} of the budget`;
  console.log(`${ms.toFixed(2).padStart(10)} ms  ${what}${ratio}`);
}

/** Which tables and indexes take the space. */
function printTables(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC LIMIT 12')
    .all();
  for (const { name, bytes } of rows)
    console.log(`${(Number(bytes) / 1048576).toFixed(1).padStart(10)} MiB ${String(name)}`);
  database.close();
}
