import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { CONTENT_GRACE_MS } from '../../collector/store/content-grace.ts';
import { connectDatabase } from '../../collector/store/postgres/database.ts';
import { Grants } from '../../collector/store/postgres/grants.ts';
import { CLOSE_GATE } from '../../collector/store/postgres/locks.ts';
import { openPostgresStore } from '../../collector/store/postgres/postgres-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { incoming, makeFleet, startNode, storeFleet } from '../support/fleet.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { storeContract } from '../support/store-contract/index.ts';
import { base, plain } from '../support/store-contract/samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let server: PostgresServer;

/** The commit of a session's start takes a second. */
const SLOW_START = `
  CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER slow_start AFTER UPDATE ON nodes DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.connected_at = 2 AND NEW.replica IS NOT NULL) EXECUTE FUNCTION dawdle()`;
const COMMITTING = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND state = 'active' AND upper(query) = 'COMMIT'`;

function fail(error: Error): never {
  throw error;
}

function open(url: string, onProblem: (error: Error) => void = fail): Promise<Store> {
  return openPostgresStore({ url, replica: randomUUID(), clock: Date.now, onProblem });
}

/** Two collectors' stores over one database. */
async function withTwo(run: (a: Store, b: Store, url: string) => Promise<void>): Promise<void> {
  const url = await server.database();
  // At once: one of them makes the schema, the other waits for it.
  const [a, b] = await Promise.all([open(url), open(url)]);
  try {
    await run(a, b, url);
  } finally {
    await a.close();
    await b.close();
  }
}

/** Until somebody waits for what this transaction holds. */
async function waitsForGate(sql: postgres.TransactionSql): Promise<void> {
  const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  while ((await sql.unsafe(waiting)).length === 0) await sleep(20);
}

suite('a store in PostgreSQL', { skip: needsPostgres() }, () => {
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  storeContract('PostgreSQL', async () => open(await server.database()));

  test('a session that began at another collector shuts out the one before', () =>
    withTwo(async (a, b) => {
      assert.equal(await startNode(a, 'n', 1, 'agent'), 'started');
      assert.equal(await startNode(b, 'n', 2, 'twin'), 'elsewhere');
      assert.equal(await startNode(b, 'n', 3, 'agent'), 'started');
      await assert.rejects(a.applyState('n', [], [], 4), { name: 'StoreError', code: 'moved' });
      await a.endSession('n', 'agent', 5);
      assert.equal((await a.node('n'))?.status, 'connected');
      assert.deepEqual([...(await a.connectedElsewhere())], ['n']);
      assert.deepEqual([...(await b.connectedElsewhere())], []);
      await b.close();
      assert.equal((await a.node('n'))?.status, 'disconnected');
      assert.equal(await startNode(a, 'n', 6, 'twin'), 'started');
    }));

  test('a session whose start was stored and not answered ends, and what begins after it does not', () =>
    withTwo(async (a, _, url) => {
      const wire = await startTcpProxy(server.port);
      const client = postgres(url, { max: 1, fetch_types: false });
      const b = await open(url.replace(`:${server.port}/`, `:${wire.port}/`), () => undefined);
      const status = async (node: string) => (await a.node(node))?.status;
      try {
        await startNode(b, 'cut', 1, 'agent');
        await startNode(b, 'back', 1, 'agent');
        await client.unsafe(SLOW_START);
        const starts = ['cut', 'back'].map((node) => startNode(b, node, 2, 'agent'));
        while ((await client.unsafe(COMMITTING)).length < starts.length) await sleep(20);
        wire.cut();
        for (const start of starts) await assert.rejects(start, { name: 'StoreError', code: 'unavailable' });
        while ((await client.unsafe(COMMITTING)).length > 0) await sleep(20);
        assert.equal(await status('cut'), 'connected', 'it was stored');
        assert.equal(await startNode(b, 'back', 3, 'agent'), 'started');
        for (let look = 0; look < 300 && (await status('cut')) === 'connected'; look += 1) await sleep(100);
        assert.equal(await status('cut'), 'disconnected');
        assert.equal(await status('back'), 'connected');
      } finally {
        await b.close();
        await client.end();
        await wire.close();
      }
    }));

  test('leases go by the database’s clock, however far those of two collectors are apart', () =>
    withTwo(async (a, b) => {
      const now = Date.now();
      async function claim(store: Store, at: number, leaseMs = MINUTE) {
        const node = store === a ? 'node-a' : 'node-b';
        const offered = [{ ref: base.ref, verify: false }];
        const [answer] = await store.claimContent({ node, offered, at, leaseMs, most: 9 });
        return answer ?? assert.fail();
      }
      const late = (leaseMs?: number) => claim(a, now, leaseMs);
      const early = (leaseMs?: number) => claim(b, now + HOUR, leaseMs);
      const lease = await late();
      assert.ok(lease.kind === 'wanted');
      assert.equal((await early()).kind, 'elsewhere', 'it is not taken over by whose clock is ahead');
      const least = { historyMs: 0, historyRows: 0, eventMs: 0, nodeMs: HOUR, contentMs: 0 };
      await b.prune(least, now + HOUR);
      assert.equal((await early()).kind, 'elsewhere', 'nor removed');
      await a.releaseLeases([lease.token]);
      assert.equal((await early(0)).kind, 'wanted');
      assert.equal((await late()).kind, 'wanted', 'nor is it kept after its time');
      assert.equal((await early()).kind, 'elsewhere');
    }));

  test('claims that come while others are answered are answered together, each ref to one of them', () =>
    withTwo(async (a, b, url) => {
      const database = connectDatabase({ url, most: 2 });
      let transactions = 0;
      const grants = new Grants((work) => {
        transactions += 1;
        return database.transaction(work);
      });
      try {
        const refs = Array.from({ length: 40 }, (_, at) => ({ ...base.ref, key: `sha256:${at}` }));
        const claims = Array.from({ length: 60 }, (_, at) => ({
          node: `n${at}`,
          // Those of neighbors lie over each other.
          offered: refs.slice(at % 30, (at % 30) + 10).map((ref) => ({ ref, verify: false })),
          at: 0,
          leaseMs: MINUTE,
          most: 32,
        }));
        const answers = await Promise.all(claims.map((claim) => grants.ask(claim)));
        assert.equal(transactions, 2, 'the first alone, the others with the next');
        const wanted = answers.flatMap((each, of) =>
          each.flatMap((answer, at) =>
            answer.kind === 'wanted' ? [{ key: claims[of]?.offered[at]?.ref.key, token: answer.token }] : [],
          ),
        );
        assert.equal(new Set(wanted.map(({ key }) => key)).size, wanted.length);
        assert.equal(new Set(wanted.map(({ token }) => token)).size, wanted.length);
        assert.ok(wanted.length > 10 && wanted.length <= 32, `${wanted.length} leases`);
        const first = answers.findIndex((each) => each.some(({ kind }) => kind === 'wanted'));
        const again = claims[first] ?? assert.fail();
        const renewed = await grants.ask(again);
        for (const [at, { kind }] of (answers[first] ?? []).entries())
          if (kind === 'wanted') assert.equal(renewed[at]?.kind, 'wanted', 'its own come anew');
        for (const store of [a, b]) {
          const [answer] = await store.claimContent({ ...again, node: 'another' });
          assert.equal(answer?.kind, 'elsewhere');
        }
      } finally {
        await database.close(1);
      }
    }));

  test('what one collector remembers to be held is asked for again when another one pruned it', () =>
    withTwo(async (a, b) => {
      const policy = { historyMs: 1e9, historyRows: 1000, eventMs: 1e9, nodeMs: 1e9, contentMs: 5 };
      let at = 100;
      async function pruned(): Promise<number> {
        at += CONTENT_GRACE_MS;
        const { compositions, layers } = await a.prune(policy, at);
        return compositions + layers;
      }
      async function claim(node: string): Promise<readonly string[]> {
        const offered = [base.ref, plain.ref].map((ref) => ({ ref, verify: false }));
        const answers = await b.claimContent({ node, offered, at: 0, leaseMs: MINUTE, most: 9 });
        return answers.map(({ kind }) => kind);
      }
      await a.putLayerFacts(base.ref, base.facts, 1);
      await a.putComposition(plain.ref, plain.composition, 1);
      // The second time from memory.
      for (const node of ['n1', 'n2']) assert.deepEqual(await claim(node), ['held', 'held']);
      assert.equal(await pruned(), 0);
      assert.deepEqual(await claim('n3'), ['held', 'held']);
      assert.equal(await pruned(), 0, 'it was said to be held meanwhile');
      assert.equal(await pruned(), 1);
      assert.equal(await pruned(), 1);
      assert.deepEqual(await claim('n4'), ['wanted', 'wanted']);
    }));

  test('nothing is remembered of a database that was put back from a backup', () =>
    withTwo(async (a, _, url) => {
      const client = postgres(url, { max: 1, fetch_types: false });
      const claim = { offered: [{ ref: base.ref, verify: false }], at: 0, leaseMs: MINUTE, most: 9 };
      try {
        await a.putLayerFacts(base.ref, base.facts, 1);
        for (const node of ['n1', 'n2'])
          assert.deepEqual(await a.claimContent({ node, ...claim }), [{ kind: 'held' }]);
        await client.unsafe(`BEGIN; CREATE TABLE backup AS TABLE content_markings; DROP TABLE content_markings;
          ALTER TABLE backup RENAME TO content_markings; DELETE FROM layers; COMMIT`);
        assert.equal((await a.claimContent({ node: 'n3', ...claim }))[0]?.kind, 'wanted');
      } finally {
        await client.end();
      }
    }));

  test('work for one is done by one, and taken over when that one is no more', () =>
    withTwo(async (a, b) => {
      let doing = 0;
      const done: string[] = [];
      const work = (name: string) => async (othersDid: boolean) => {
        doing += 1;
        assert.equal(doing, 1, 'two at a time');
        await a.summary();
        done.push(`${name} ${othersDid}`);
        doing -= 1;
      };
      await a.alone('w', 'take', work('a'));
      await b.alone('w', 'keep', work('b'));
      await a.alone('w', 'keep', work('a'));
      assert.deepEqual(done, ['a true', 'a false']);
      await Promise.all([1, 2, 3].flatMap(() => [a, b].map((one) => one.alone('w', 'take', work('any')))));
      assert.equal(done.length, 8);
      await b.alone('w', 'take', work('b'));
      await b.close();
      await a.alone('w', 'keep', work('a'));
      assert.deepEqual(done.slice(8), [done[8], 'a true']);
    }));

  test('who lost work to another without knowing writes nothing of it any more', () =>
    withTwo(async (a, b, url) => {
      const rollout = (step: string) => [{ kind: 'rollout' as const, id: 'r', value: { step } }];
      const client = postgres(url, { max: 1, fetch_types: false });
      try {
        await assert.rejects(a.putDocuments(rollout('never had it'), 1, 'w'), { code: 'moved' });
        const held = a.alone('w', 'take', async () => {
          await a.putDocuments(rollout('its own'), 1, 'w');
          await client.unsafe(
            `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 6`,
          );
          await b.alone('w', 'take', () => b.putDocuments(rollout('of the other'), 2, 'w'));
          await assert.rejects(a.putDocuments(rollout('too late'), 3, 'w'), { code: 'moved' });
        });
        await assert.rejects(held, { code: 'unavailable' });
        assert.deepEqual((await a.document('rollout', 'r'))?.value, { step: 'of the other' });
      } finally {
        await client.end();
      }
    }));

  test('counts are what counting gives, however many write at once', () =>
    withTwo(async (a, b, url) => {
      const shape = {
        seed: 4,
        nodes: 24,
        images: 10,
        imagesPerNode: 5,
        containersPerNode: 6,
        processesPerNode: 2,
        packages: 4,
      };
      const fleet = makeFleet(shape);
      await storeFleet(a, fleet, 2);
      const client = postgres(url, { max: 1, fetch_types: false });
      try {
        await Promise.all(
          Array.from({ length: shape.nodes }, async (_, at) => {
            const store = at % 2 === 0 ? a : b;
            const [name, items] = [fleet.nodeName(at), fleet.state(at).map(incoming)];
            await startNode(store, name, 1, `agent-${at}`).catch(() => undefined);
            const own = at < 2 ? a : store;
            await own.applyState(name, items, [], 1);
            await own.applyState(
              name,
              [],
              items.slice(at % 5, 9).map(({ key }) => key),
              2,
            );
            await own.applyState(name, items.slice(3), [], 3);
            if (at % 6 === 0) await own.packages({}, { limit: 5 });
          }),
        );
        const images = (await a.images({ limit: 100 })).items;
        const counted = await client.unsafe(
          `SELECT image_id, (SELECT count(*) FROM node_images WHERE image = i.id)::int AS nodes,
             (SELECT count(*) FROM containers WHERE image = i.id)::int AS containers,
             (SELECT count(*) FROM containers WHERE image = i.id AND running = 1)::int AS running
           FROM images i ORDER BY image_id`,
        );
        assert.deepEqual(
          images.map(({ imageId, spread }) => ({ image_id: imageId, ...spread })),
          counted.map(({ image_id, nodes, containers, running }) => ({
            image_id,
            nodes,
            containers,
            running,
          })),
        );
        for (const { imageId, spread } of images) {
          const holders = (await b.imageNodes(imageId, { limit: 100 }))?.items.length;
          assert.equal(holders, spread.nodes);
        }
      } finally {
        await client.end();
      }
    }));

  test('a composition whose layers are pruned while it is merged is not stored without their packages', () =>
    withTwo(async (a, _, url) => {
      await a.putLayerFacts(base.ref, base.facts, 1);
      const client = postgres(url, { max: 1, fetch_types: false });
      try {
        const { stored } = await client.begin(async (pruning) => {
          await pruning.unsafe(`SELECT ${CLOSE_GATE}`);
          const storing = a.putComposition(plain.ref, plain.composition, 2);
          await waitsForGate(pruning);
          await pruning.unsafe('DELETE FROM layers');
          return { stored: storing };
        });
        assert.deepEqual(await stored, {
          stored: false,
          why: 'layers',
          missing: plain.composition.diffIds,
        });
      } finally {
        await client.end();
      }
    }));

  test('a database that is not there, or not to be had, is said in words, without its password', async () => {
    const url = await server.database();
    for (const [wrong, code] of [
      [url.replace(/test_\d+$/, 'absent'), 'denied'],
      [url.replace(/:\d+\//, ':1/').replace('tallyman@', 'tallyman:geheim@'), 'unavailable'],
      ['http://geheim@x/y', 'denied'],
    ] as const) {
      await assert.rejects(open(wrong), (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.ok(!error.message.includes('geheim') && !error.message.includes('\n'));
        return true;
      });
    }
  });
});
