import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test, type TestContext } from 'node:test';
import { systemClock } from '../../agent/state/clock.ts';
import { openState } from '../../agent/state/state.ts';
import { EventLog } from '../../agent/tasks/event-log.ts';
import { decodeEvent } from '../../proto/codec/event.ts';
import { startTallyman } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { sessionBench, until, type SessionBench } from '../support/session-bench.ts';
import { temporaryFolder } from '../support/state.ts';

// An agent in a process of its own whose state file is damaged while it runs.

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

/** More than the agent keeps of its file in memory. */
function eventsWait(folder: string): void {
  const state = openState(folder, { clock: systemClock(), outbox: { maxBytes: 1e9, dropFirst: [] } });
  const log = new EventLog(state.outbox, Date.now, () => undefined);
  const message = 'x'.repeat(50_000);
  for (let at = 0; at < 150; at += 1)
    log.add({ kind: 'engine-change', engine: 'docker', status: 'degraded', message });
  state.close();
}

/** Answers what it logs, and how it ended. */
function startAgent(context: TestContext, folder: string, port: number) {
  const files = Object.entries({ ca: 'ca.crt', cert: 'node-1.crt', key: 'node-1.key' });
  const child = startTallyman([
    ...['agent', '--node', 'node-1', '--collector', `localhost:${port}`, '--state-dir', folder],
    ...['--metrics-listen', '127.0.0.1:0', '--docker-address', 'none', '--containerd-address', 'none'],
    ...files.flatMap(([flag, file]) => [`--tls-${flag}`, join(bench.dir, file)]),
  ]);
  context.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => (said += text));
  return { child, said: () => said, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
}

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  'with other bytes': (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 0xa5), { flag: 'r+' }),
  'cut off': (file) => truncateSync(file, 100),
};

for (const [how, damage] of Object.entries(DAMAGES)) {
  test(`an agent whose state is damaged (${how}) ends, and the next one tells and goes on`, async (context) => {
    const folder = temporaryFolder(context);
    eventsWait(folder);
    const port = await freePort();
    const first = startAgent(context, folder, port);
    await until('it runs', () => first.said().includes('agent started'));
    damage(join(folder, 'state.db'));
    await bench.collect({ listen: { host: '127.0.0.1', port } });
    assert.deepEqual(await first.ended, [1, null], first.said());
    assert.match(first.said(), /the state file is damaged: the agent ends/);
    assert.ok(readdirSync(folder).some((name) => name.startsWith('state.db.corrupt-')));

    const next = startAgent(context, folder, port);
    const events = () => [...bench.store.node('node-1').events.values()].flat();
    await until('it tells the loss', () => events().some(({ kind }) => kind === 'loss'));
    const bodies = events().map(({ payload }) => decodeEvent(payload).body);
    const reasons = bodies.flatMap((body) => (body.kind === 'loss' ? [body.reason] : []));
    assert.equal(reasons.length, 1);
    assert.match(reasons[0] ?? '', /was corrupt and set aside/);
    next.child.kill('SIGTERM');
    assert.deepEqual(await next.ended, [0, null], next.said());
  });
}
