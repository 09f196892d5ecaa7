import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { tallyman } from '../support/cli.ts';
import { FAULT_NODE, faultBench, type FaultBench, type Program } from '../support/fault-programs.ts';
import { freePort } from '../support/free-port.ts';
import { eventually } from '../support/system.ts';

/** Four programs start one after the other, on a machine that may be busy. */
const PATIENCE_S = 150;

let bench: FaultBench;

beforeEach(async () => {
  bench = await faultBench();
});

afterEach(() => bench.stop());

interface ShownNode {
  readonly status: string;
  readonly certificateUntil?: number;
}

/** What the agent's last line of that message says. */
function said(program: Program, message: string): string {
  return JSON.stringify(program.log().findLast((line) => line['message'] === message) ?? '');
}

test('a node joins by a token, is killed, comes back as itself, and is sent away', async () => {
  const { files } = bench.tls('collector');
  const address = `127.0.0.1:${await freePort()}`;
  const collector = await bench.collector('collector', [
    ...['--enroll-listen', address, '--enroll-ca-cert', files.caFile],
    ...['--enroll-ca-key', files.caFile.replace(/crt$/, 'key'), '--node-certificate-life', '1h'],
  ]);
  async function offline<T>(...args: readonly string[]): Promise<T> {
    await collector.end();
    const run = await tallyman(['enroll', ...args, '--data-dir', collector.dataDir, '--format', 'json']);
    assert.deepEqual([run.code, run.stderr], [0, '']);
    await collector.start();
    await eventually(
      () => collector.api.get('summary'),
      () => true,
      PATIENCE_S,
    );
    return JSON.parse(run.stdout) as T;
  }
  const joinTokenFile = join(bench.folder, 'join-token');
  const agent = bench.agent('agent', collector.grpcPort, [
    ...['--enroll', address, '--join-token-file', joinTokenFile, '--containerd-address', 'none'],
    // The certificate that the bench makes is not this node's.
    ...['--tls-cert', join(bench.folder, 'none.crt'), '--tls-key', join(bench.folder, 'none.key')],
  ]);
  const node = (): Promise<ShownNode> => collector.api.get<ShownNode>(`nodes/${FAULT_NODE}`);
  const connected = (): Promise<ShownNode> =>
    eventually(node, ({ status }) => status === 'connected', PATIENCE_S);

  await agent.start();
  const told = await eventually(
    async () => said(agent, 'this node gets no certificate'),
    (line) => line.length > 2,
    PATIENCE_S,
  );
  assert.match(told, /nothing to get a certificate with .*join-token cannot be read/);
  assert.match(told, new RegExp(`tallyman enroll token create --node ${FAULT_NODE}`));

  // It would look again within a minute.
  await agent.end();
  const [token] = await offline<{ text: string }[]>('token', 'create', '--node', FAULT_NODE);
  writeFileSync(joinTokenFile, `${token?.text}\n`);
  await agent.start();
  const { certificateUntil = 0 } = await connected();
  assert.ok(Math.abs(certificateUntil - Date.now() - 3_600_000) < 600_000);

  const sessions = (): number =>
    agent.log().filter(({ message }) => message === 'connected to the collector').length;
  await agent.end('SIGKILL');
  const before = sessions();
  await agent.start();
  await eventually(
    async () => sessions(),
    (count) => count > before,
    PATIENCE_S,
  );
  const used = await collector.api.list<{ used: number }>('enrollment/tokens', {}, 10);
  assert.deepEqual(
    used.items.map((one) => one.used),
    [1],
  );
  const issued = await collector.api.list<{ proof: string }>('enrollment/certificates', {}, 10);
  assert.deepEqual(
    issued.items.map(({ proof }) => proof),
    ['join-token'],
  );

  await offline('revoke', FAULT_NODE);
  await eventually(
    async () => said(agent, 'collector refused the session'),
    (line) => /was revoked/.test(line),
    PATIENCE_S,
  );
  const secrets = [
    token?.text ?? '?',
    execFileSync('grep', ['-v', '-e', '--', join(agent.stateDir, 'identity', 'node.pem')], {
      encoding: 'utf8',
    }).split('\n')[0] ?? '?',
  ];
  for (const secret of secrets) {
    for (const program of [agent, collector]) {
      assert.equal(JSON.stringify(program.log()).includes(secret), false, 'a secret is in the log');
    }
  }
});
