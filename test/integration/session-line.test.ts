import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ContentAnswer } from '../../agent/uplink/uplink.ts';
import { QUEUED_MINOR } from '../../proto/codec/session.ts';
import { hello, rawSession } from '../support/raw-session.ts';
import { hostItem, sessionBench, until, type SessionBench } from '../support/session-bench.ts';

// A collector whose database has more to do than it can: newcomers wait in line.

const MUCH = 1000;
const QUEUED = { timing: { queuedMs: 500 } };

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

test('an agent in line keeps its place for longer than it waits without a word, on one connection', async () => {
  const { ingest, port } = await bench.collect(QUEUED);
  bench.store.backlog = MUCH;
  const uplink = bench.agent(port, { timing: { welcomeMs: 4_000 } });
  uplink.setState([hostItem()]);
  const begin = performance.now();
  uplink.start();
  await until('it waits for longer than that', () => performance.now() - begin > 8_000);
  assert.deepEqual(ingest.connections(), { connections: 1, handshakes: 0, waiting: 1 });
  assert.equal(uplink.status().connected, false);
  assert.ok(bench.said('in line at the collector') >= 2);
  bench.store.backlog = 0;
  await until('its state is stored', () => bench.store.node('node-1').items.size === 1);
  assert.equal(bench.said('session with the collector failed'), 0);
  assert.equal(bench.store.refusals.length, 0);
});

test('an agent in line is not on its own: it goes on asking what to read', async () => {
  const { port } = await bench.collect(QUEUED);
  bench.store.backlog = MUCH;
  const uplink = bench.agent(port, { timing: { aloneMs: 4_000 } });
  uplink.start();
  const layer = { kind: 'layer-facts', key: `sha256:${'a'.repeat(64)}` } as const;
  let answer: ContentAnswer | 'none yet' | undefined = 'none yet';
  const asking = uplink.askContent([layer], AbortSignal.timeout(60_000)).then((one) => (answer = one));
  const begin = performance.now();
  await until('it waits for longer than that', () => performance.now() - begin > 7_000);
  assert.equal(answer, 'none yet');
  bench.store.backlog = 0;
  await asking;
  assert.ok(answer !== undefined, 'the collector answered');
});

test('an agent that leaves the line leaves nothing behind', async () => {
  const { ingest, port } = await bench.collect(QUEUED);
  bench.store.backlog = MUCH;
  const [first, second] = [bench.agent(port), bench.agent(port, { node: 'node-2' })];
  first.start();
  await until('the first waits', () => ingest.connections().waiting === 1);
  second.start();
  await until('both wait', () => ingest.connections().waiting === 2);
  await first.close(0);
  await until('one waits', () => ingest.connections().waiting === 1);
  bench.store.backlog = 0;
  await until('the other is connected', () => second.status().connected);
  assert.equal(ingest.sessions().length, 1);
});

test('an agent of an earlier protocol is not told of the line', async () => {
  const { port } = await bench.collect({ timing: { queuedMs: 100 } });
  bench.store.backlog = MUCH;
  const raw = async (node: string, protocolMinor: number) => {
    const session = await rawSession(port, bench.tls(node));
    bench.onStop(async () => session.close());
    await session.send(hello({ node, protocolMinor }));
    return session;
  };
  const [older, newer] = [await raw('node-1', QUEUED_MINOR - 1), await raw('node-2', QUEUED_MINOR)];
  assert.ok((await newer.next())?.queued);
  assert.ok((await newer.next())?.queued);
  bench.store.backlog = 0;
  assert.ok((await older.next())?.welcome, 'nothing came before');
});
