import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { readTls } from '../../platform/tls.ts';
import { encodeStateItem } from '../../proto/codec/state-item.ts';
import type { RefusalView } from '../../collector/store/views.ts';
import { assertAlternating, assertWhole, knows } from '../support/fault-checks.ts';
import { startFaultNode, type FaultNode } from '../support/fault-node.ts';
import {
  FAULT_NODE,
  faultBench,
  HOSTILE_NODE,
  type AgentProgram,
  type CollectorProgram,
  type FaultBench,
} from '../support/fault-programs.ts';
import { hello, rawSession, type RawSession } from '../support/raw-session.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';

// What others may send to a collector, which runs in a process of its own: its memory is measured.

const MIB = 1024 * 1024;
/** What a collector may have more than before: V8 keeps some of what it used once. */
const MOST_GROWTH = 64 * MIB;
/** State items, as the flooding node's own hello has it. */
const MOST_ITEMS = 5_000;
const AT_ONCE = 2_000;

const skip = needsRoot() || needsCommands('containerd', 'ctr');

suite('hostile peers', { skip }, () => {
  let node: FaultNode;
  let bench: FaultBench;
  let collector: CollectorProgram;
  let honest: AgentProgram;

  before(async () => {
    node = await startFaultNode(2);
    bench = await faultBench();
    collector = await bench.collector('collector');
    honest = bench.agent('honest', collector.grpcPort, node.flags);
    await honest.start();
    await knows(collector.api, node);
    // Once each, so that what stays of the first time is no growth.
    await flood(5);
  });

  after(async () => {
    await bench?.stop();
    await node?.stop();
  });

  /** A session that was welcomed. */
  async function session(node: string, instance = 'one'): Promise<RawSession> {
    const raw = await rawSession(collector.grpcPort, bench.tls(node));
    await raw.send(hello({ node, instance }));
    assert.ok((await raw.next())?.welcome);
    return raw;
  }

  async function refusals(): Promise<readonly RefusalView[]> {
    return collector.api.all<RefusalView>('refusals');
  }

  /** What is done leaves no memory behind, and the honest agent connected. */
  async function withoutGrowth(act: () => Promise<void>): Promise<void> {
    const before = collector.memory();
    await act();
    await eventually(
      async () => collector.memory() - before,
      (growth) => growth < MOST_GROWTH,
    );
    const node = await collector.api.get<{ readonly node: { readonly status: string } }>(
      `nodes/${FAULT_NODE}`,
    );
    assert.equal(JSON.stringify(node).includes('"status":"connected"'), true);
  }

  /** Sends and waits for the end of the session, however it comes. */
  async function untilRefused(raw: RawSession, send: () => Promise<void>): Promise<void> {
    try {
      await send();
      for (;;) if ((await raw.next()) === undefined) break;
    } catch {
      // Refused with a status.
    } finally {
      raw.close();
    }
  }

  async function flood(times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const raw = await session(HOSTILE_NODE);
      await untilRefused(raw, () => raw.sendBytes(Buffer.alloc(500_000, 0xff)));
    }
  }

  test('malformed messages, again and again, are one line of the record', async () => {
    await withoutGrowth(() => flood(15));
    const found = (await refusals()).filter(
      ({ node, reason }) => node === HOSTILE_NODE && reason === 'protocol',
    );
    assert.equal(found.length, 1);
    assert.ok((found[0]?.count ?? 0) >= 20);
  });

  test('messages that are too large are refused', async () => {
    await withoutGrowth(async () => {
      for (let time = 0; time < 8; time += 1) {
        const raw = await session(HOSTILE_NODE);
        await untilRefused(raw, () => raw.send({ goodbye: { reason: 'x'.repeat(3 * MIB) } }));
      }
    });
    assert.ok((await refusals()).some(({ node, reason }) => node === HOSTILE_NODE && reason === 'limit'));
  });

  test('another node cannot be spoken for', async () => {
    await withoutGrowth(async () => {
      for (let time = 0; time < 30; time += 1) {
        const raw = await rawSession(collector.grpcPort, bench.tls(HOSTILE_NODE));
        await untilRefused(raw, () => raw.send(hello({ node: FAULT_NODE, instance: 'thief' })));
      }
    });
    const found = (await refusals()).find(({ reason }) => reason === 'wrong-node');
    assert.equal(found?.node, HOSTILE_NODE);
    assert.equal(found.count, 30);
  });

  test('events that are sent over and over are stored once', async () => {
    const raw = await session(HOSTILE_NODE);
    const events = [1, 2, 3].map((number) => ({ number, loss: { reason: 'replayed', count: 1 } }));
    await withoutGrowth(async () => {
      for (let time = 0; time < 200; time += 1) {
        await raw.send({ eventBatch: { epoch: 'epoch-1', events } });
        assert.equal((await raw.next())?.eventAck?.upTo, 3);
      }
    });
    raw.close();
    const metrics = await (await fetch(`http://${collector.httpAddress}/metrics`)).text();
    assert.match(metrics, /^tallyman_store_rows\{table="events"\} 3$/m);
  });

  test('events without end, of one epoch after the other, are refused before they fill the disk', async () => {
    const reason = 'x'.repeat(900_000);
    let sent = 0;
    await withoutGrowth(async () => {
      for (let isRefused = false; !isRefused && sent < 60;) {
        const epoch = `flood-${sent}`;
        const raw = await rawSession(collector.grpcPort, bench.tls(HOSTILE_NODE));
        await raw.send(hello({ node: HOSTILE_NODE, instance: `flood-${sent}`, epoch }));
        assert.ok((await raw.next())?.welcome);
        await raw.send({ eventBatch: { epoch, events: [{ number: 1, loss: { reason, count: 1 } }] } });
        isRefused = /more events/.test((await raw.next())?.refusal?.message ?? '');
        raw.halfClose();
        await untilRefused(raw, async () => undefined);
        sent += 1;
      }
    });
    assert.ok(sent > 16 && sent < 30, `refused at the ${sent}th`);
    assert.ok(
      (await refusals()).some(({ node, message }) => node === HOSTILE_NODE && /more events/.test(message)),
    );
  });

  test('a flood of messages waits for its turn, and fills nothing', async () => {
    const raw = await session(HOSTILE_NODE);
    await withoutGrowth(async () => {
      const beat = { heartbeat: { stateRoot: new Uint8Array(32) } };
      for (let time = 0; time < 5000; time += 1) await raw.send(beat);
      raw.halfClose();
      await untilRefused(raw, async () => undefined);
    });
  });

  test('connections that never finish their handshake keep nobody out', async () => {
    const sockets: Socket[] = [];
    const port = collector.grpcPort;
    await withoutGrowth(async () => {
      for (let at = 0; at < 300; at += 1) {
        const socket = connect(port, '127.0.0.1').on('error', () => undefined);
        sockets.push(socket);
        // The begin of a TLS record, a request of another protocol, or nothing.
        if (at % 3 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x40]));
        if (at % 3 === 1) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      }
      await sleep(500);
      const other = await session(HOSTILE_NODE, 'one');
      other.close();
    });
    for (const socket of sockets) socket.destroy();
  });

  test('without a certificate, or with that of a stranger, nobody is heard', async () => {
    const { ca } = await readTls(bench.tls(FAULT_NODE).files);
    await withoutGrowth(async () => {
      for (let time = 0; time < 50; time += 1) {
        await new Promise<void>((resolve) => {
          const socket = connectTls({
            port: collector.grpcPort,
            host: '127.0.0.1',
            ca,
            ALPNProtocols: ['h2'],
          });
          socket.on('error', () => undefined).on('close', () => resolve());
          socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
          socket.resume();
        });
      }
    });
    const nodes = await collector.api.all<{ readonly node: string }>('nodes');
    assert.deepEqual(nodes.map(({ node }) => node).toSorted(), [FAULT_NODE, HOSTILE_NODE].toSorted());
    const [line] = await eventually(
      async () => (await refusals()).filter(({ message }) => /no client certificate/.test(message)),
      ([found]) => (found?.count ?? 0) >= 50,
    );
    assert.deepEqual([line?.node, line?.reason], ['', 'connection']);
    assert.match(line?.message ?? '', /\(from 127\.0\.0\.1\)$/);
  });

  test('a crowd from one address leaves agents in, and lets them in again', async () => {
    const connections = (): number =>
      honest.log().filter(({ message }) => message === 'connected to the collector').length;
    const failures = (): number =>
      honest.log().filter(({ message }) => /session|broke/.test(String(message))).length;
    const [connected, failed] = [connections(), failures()];
    const crowd: Socket[] = [];
    let open = 0;
    const knock = (): void => {
      const socket = connect(collector.grpcPort, '127.0.0.1', () => (open += 1));
      crowd.push(socket.on('error', () => undefined).on('close', () => (open -= 1)));
      if (crowd.length % 2 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x40]));
    };
    await withoutGrowth(async () => {
      for (let at = 0; at < 2000; at += 1) {
        knock();
        if (at % 100 === 99) await sleep(1);
      }
      await eventually(
        async () => open,
        (count) => count <= 500,
      );
      assert.equal(failures(), failed);
    });
    // The crowd stays, others for those whose time is over, and the agent comes back from the same address.
    const refill = setInterval(knock, 20);
    try {
      await honest.end('SIGKILL');
      await honest.start();
      await eventually(
        async () => connections(),
        (count) => count > connected,
        60,
      );
      assert.ok(open > 100, 'the crowd is still there');
    } finally {
      clearInterval(refill);
      for (const socket of crowd) socket.destroy();
    }
    const [line] = await eventually(
      async () => (await refusals()).filter(({ message }) => /max-handshakes-per-address/.test(message)),
      ([found]) => (found?.count ?? 0) >= 1000,
    );
    assert.equal(line?.reason, 'connection');
    const metrics = await (await fetch(`http://${collector.httpAddress}/metrics`)).text();
    assert.match(
      metrics,
      /^tallyman_connections_turned_away_total\{listener="agents",reason="too-many-from-address"\} \d+$/m,
    );
  });

  test('state without end is refused where there is enough, whatever else is said to be gone', async () => {
    const raw = await rawSession(collector.grpcPort, bench.tls(HOSTILE_NODE));
    await raw.send(hello({ node: HOSTILE_NODE, instance: 'one', limits: { maxItems: MOST_ITEMS } }));
    assert.ok((await raw.next())?.welcome);
    await withoutGrowth(async () => {
      // As many deletes as items, of what is not there.
      const some = (pid: number) => ({
        upserts: processItems(pid, AT_ONCE),
        deletes: Array.from({ length: AT_ONCE }, (_, at) => `process/none/${pid + at}/1`),
      });
      const flooding = async (): Promise<void> => {
        for (let pid = 1; pid <= 2 * MOST_ITEMS; pid += AT_ONCE) await raw.send({ stateChange: some(pid) });
      };
      // Reads meanwhile, as who does not is never told.
      await untilRefused(raw, async () => void flooding().catch(() => undefined));
    });
    const line = (await refusals()).find(
      ({ node: who, message }) => who === HOSTILE_NODE && /state items/.test(message),
    );
    assert.equal(line?.reason, 'limit');
    const { counts } = await collector.api.get<{ readonly counts: { readonly processes: number } }>(
      `nodes/${HOSTILE_NODE}`,
    );
    assert.ok(counts.processes > 0 && counts.processes <= MOST_ITEMS, `${counts.processes} processes`);
  });

  test('the honest agent lost nothing by all that', async (context) => {
    await node.tag('after-all:1');
    await node.loseEngine(honest);
    const events = await assertWhole(context, { bench, node, collector, agent: honest });
    const own = events.filter((event) => event.node === FAULT_NODE);
    assert.equal(own.length, 2);
    assertAlternating(own);
  });
});

/** Processes of made-up pids from this one on. */
function processItems(first: number, count: number) {
  return Array.from({ length: count }, (_, at) => {
    const pid = first + at;
    const value = {
      bootId: 'boot-1',
      pid,
      parentPid: 1,
      startTicks: 1,
      startedAt: 1,
      command: 'x',
      executable: '/x',
    };
    return encodeStateItem({
      kind: 'process',
      value: { ...value, uid: 0, user: 'root', attribution: 'host' },
    });
  });
}
