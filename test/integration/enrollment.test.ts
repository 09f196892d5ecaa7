import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { peerIdentity } from '../../platform/node-identity.ts';
import { readEnrollmentAuthority } from '../../collector/enroll/authority-files.ts';
import { enrollmentBench, type EnrollmentBench } from '../support/enrollment-bench.ts';
import { freePort } from '../support/free-port.ts';
import { needsCommands } from '../support/requirements.ts';
import { hostItem, MemoryOutbox, processItem, until } from '../support/session-bench.ts';

const ALL = { limit: 100 };

let bench: EnrollmentBench;

beforeEach(async () => {
  bench = await enrollmentBench();
});

afterEach(() => bench.stop());

async function refusals(): Promise<readonly string[]> {
  return (await bench.database.refusals(ALL)).items.map(({ node, message }) => `${node}: ${message}`);
}

test('a node with a join token gets a certificate that sessions accept', async () => {
  const { address } = await bench.issue();
  const identity = bench.keep(address, { proofs: { joinToken: await bench.joinToken() } });
  await identity.ready();
  const { port } = await bench.collect({ store: bench.database });
  const uplink = bench.agent(port, { tls: { kind: 'renewed', read: () => identity.read() } });
  uplink.setState([hostItem()]);
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  const node = await bench.database.node('node-1');
  assert.equal(node?.certificateUntil, (await identity.read()).validUntil);

  const folder = join(bench.dir, 'identity');
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const file of ['node.pem', 'ca.crt'])
    assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
  const [issued] = (await bench.database.certificates(ALL)).items;
  assert.equal(issued?.proof, 'join-token');
  assert.equal(issued.node, 'node-1');
  const leaf = new X509Certificate(await readFile(join(folder, 'node.pem')));
  assert.equal(leaf.serialNumber.toLowerCase(), issued.serial);
  assert.equal(peerIdentity(leaf.raw)?.node, 'node-1');
});

test('a join token is used once: the second node is told what to do, and it is recorded', async () => {
  const { address } = await bench.issue();
  const joinToken = await bench.joinToken({ nodes: 'node-*' });
  await bench.keep(address, { proofs: { joinToken } }).ready();
  const late = bench.keep(address, { node: 'node-2', dir: join(bench.dir, 'late'), proofs: { joinToken } });
  await until('it is refused', () => late.problem() !== undefined);
  assert.match(
    late.problem() ?? '',
    /the join token is used up; make a token with 'tallyman enroll token create --node node-2'/,
  );
  await assert.rejects(late.read(), /no certificate that is good: .*used up/);
  assert.match(
    (await refusals())[0] ?? '',
    /^node-2: the join token is used up \(asked from .*127\.0\.0\.1\)$/,
  );

  const another = await bench.joinToken({ nodes: 'node-2' });
  const helped = bench.keep(address, {
    node: 'node-2',
    dir: join(bench.dir, 'late'),
    proofs: { joinToken: another },
  });
  await helped.ready();
});

test('two nodes at once with one use: one gets it', async () => {
  const { address } = await bench.issue();
  const joinToken = await bench.joinToken({ nodes: '*' });
  const nodes = ['a', 'b', 'c', 'd'].map((node) =>
    bench.keep(address, { node, dir: join(bench.dir, node), proofs: { joinToken } }),
  );
  await until('all are answered', async () => {
    const certain = await Promise.all(
      nodes.map((one) =>
        one.read().then(
          () => true,
          () => one.problem(),
        ),
      ),
    );
    return certain.every((one) => one !== undefined);
  });
  assert.equal((await bench.database.certificates(ALL)).items.length, 1);
  assert.equal(nodes.filter((one) => /used up/.test(one.problem() ?? '')).length, 3);
});

for (const [what, order, reason] of [
  ['another node’s name', { nodes: 'web-*' }, /is for web-\*, not for node node-1/],
  ['an expired one', { now: Date.now() - 7_200_000 }, /join token [0-9a-f]{12} expired at/],
] as const) {
  test(`a join token does not do for ${what}`, async () => {
    const { address } = await bench.issue();
    const identity = bench.keep(address, { proofs: { joinToken: await bench.joinToken(order) } });
    await until('it is refused', () => identity.problem() !== undefined);
    assert.match(identity.problem() ?? '', reason);
    assert.equal((await bench.database.certificates(ALL)).items.length, 0);
    assert.match((await refusals())[0] ?? '', reason);
  });
}

test('a token that nobody made is refused, and the name that came with it is not recorded', async () => {
  const { address } = await bench.issue();
  const identity = bench.keep(address, { proofs: { joinToken: `tmj_${'A'.repeat(43)}` } });
  await until('it is refused', () => /is not known/.test(identity.problem() ?? ''));
  assert.match((await refusals())[0] ?? '', /^: the join token is not known/);
});

test('an answer that was lost is asked for again with the same key, and takes no second use', async () => {
  let answers = 0;
  const store = new Proxy(bench.database, {
    get(target, name) {
      const held: unknown = Reflect.get(target, name);
      if (name !== 'recordCertificate' || typeof held !== 'function')
        return typeof held === 'function' ? held.bind(target) : held;
      return async (...values: unknown[]) => {
        const outcome: unknown = await Reflect.apply(held, target, values);
        answers += 1;
        if (answers === 1) throw new Error('the collector is killed');
        return outcome;
      };
    },
  });
  const { address } = await bench.issue({ store });
  await bench.keep(address, { proofs: { joinToken: await bench.joinToken() } }).ready();
  assert.equal(answers, 2);
  assert.equal((await bench.database.joinTokens(ALL)).items[0]?.used, 1);
});

test('certificates are renewed at half of their life under a session: nothing is lost or doubled', async (context) => {
  const lifeMs = 10_000;
  const { address } = await bench.issue({ lifeMs });
  const identity = bench.keep(address, { proofs: { joinToken: await bench.joinToken() } });
  const { ingest, port } = await bench.collect({ store: bench.database });
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(port, {
    tls: { kind: 'renewed', read: () => identity.read() },
    outbox,
    timing: { credentialCheckMs: 50 },
  });
  await identity.ready();
  uplink.setState([hostItem()]);
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  const sessions = new Set<number>();
  let events = 0;
  await until('three certificates were renewed', async () => {
    assert.equal(uplink.status().connected, true);
    const at = ingest.sessions()[0]?.connectedAt;
    if (at !== undefined) sessions.add(at);
    events = outbox.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
    uplink.notifyEvents();
    uplink.setState([hostItem(), processItem(events)]);
    const issued = (await bench.database.certificates(ALL)).items;
    return issued.filter(({ proof }) => proof === 'renewal').length >= 3 && sessions.size >= 4;
  });
  await until('all events are stored', () => outbox.count() === 0);
  assert.equal(await bench.database.eventsStored('node-1', outbox.epoch), events);
  assert.equal((await bench.database.sizes()).rows['events'], events);
  await until('the state is in step', async () => {
    const held = await bench.database.nodeProcesses('node-1', ALL);
    return held?.items.length === 1 && held.items[0]?.pid === events;
  });
  assert.deepEqual(await refusals(), []);
  const certificates = (await bench.database.certificates(ALL)).items;
  assert.equal(
    new Set(certificates.map(({ key }) => key)).size,
    certificates.length,
    'each has a key of its own',
  );
  context.diagnostic(`${certificates.length - 1} renewals, ${events} events, ${sessions.size} sessions`);
});

test('a certificate that expired while nobody issued is replaced with a token that is still good', async () => {
  const lifeMs = 3_000;
  const port = await freePort();
  const first = await bench.issue({ lifeMs, port });
  const joinTokenFile = join(bench.dir, 'token');
  await writeFile(joinTokenFile, await bench.joinToken());
  const identity = bench.keep(first.address, { proofs: { joinTokenFile } });
  await identity.ready();
  first.close();
  await until('it expired', async () =>
    identity.read().then(
      () => false,
      () => true,
    ),
  );
  await until('it says so', () => /no certificate could be had/.test(identity.problem() ?? ''));

  await bench.issue({ lifeMs: 60_000, port });
  await until('it is told what to do', () =>
    /the join token is used up; make a token/.test(identity.problem() ?? ''),
  );
  await writeFile(joinTokenFile, `${await bench.joinToken()}\n`);
  await until('it has a new one', async () =>
    identity.read().then(
      () => true,
      () => false,
    ),
  );
  // It is written a moment before.
  await until('all is well', () => identity.problem() === undefined);
});

test('an operator’s certificate is used, and renewed once it is past half of its life', async () => {
  const { address } = await bench.issue();
  const old = join(bench.dir, 'old');
  await createDevelopmentCertificates(bench.dir, {
    nodes: ['node-3'],
    serverNames: ['localhost'],
    days: 30,
    now: Date.now() - 20 * 86_400_000,
  });
  const given = bench.tls('node-3');
  assert.ok(given.kind === 'mutual');
  const identity = bench.keep(address, { node: 'node-3', dir: old, given: given.files });
  await until('it is renewed', async () => (await bench.database.certificates(ALL)).items.length === 1);
  await until('the new one is used', async () => (await identity.read()).origin.startsWith(old));
  assert.equal((await bench.database.certificates(ALL)).items[0]?.proof, 'renewal');
});

test(
  'an intermediate authority issues, and the node shows the whole chain',
  { skip: needsCommands('openssl') },
  async () => {
    const folder = join(bench.dir, 'authorities');
    await mkdir(folder);
    const openssl = (...parameters: readonly string[]): unknown =>
      execFileSync('openssl', parameters, { cwd: folder, stdio: 'pipe' });
    const authority = [
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'keyUsage=critical,keyCertSign',
    ];
    for (const name of ['root', 'issuer']) {
      openssl(
        ...['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`],
      );
    }
    openssl(
      ...['req', '-x509', '-new', '-key', 'root.key', '-subj', '/CN=root', '-days', '9', '-out', 'root.crt'],
    );
    openssl(
      ...[
        'req',
        '-x509',
        '-new',
        '-key',
        'issuer.key',
        '-subj',
        '/CN=issuer',
        '-days',
        '9',
        '-out',
        'issuer.crt',
      ],
      ...['-CA', 'root.crt', '-CAkey', 'root.key', ...authority],
    );
    const collector = bench.tls('collector');
    assert.ok(collector.kind === 'mutual');
    // Nodes are of that root, the collector is of another.
    const both = [
      await readFile(collector.files.caFile, 'utf8'),
      await readFile(join(folder, 'root.crt'), 'utf8'),
    ];
    const caFile = join(folder, 'both.crt');
    await writeFile(caFile, both.join(''));
    const files = { certFile: join(folder, 'issuer.crt'), keyFile: join(folder, 'issuer.key'), caFile };
    const { address } = await bench.issue({
      authority: () => readEnrollmentAuthority(files),
      lifeMs: 10_000,
    });
    const identity = bench.keep(address, { proofs: { joinToken: await bench.joinToken() } });
    await until('it has one', () => {
      const problem = identity.problem();
      if (problem !== undefined) throw new Error(problem);
      return identity.read().then(
        () => true,
        () => false,
      );
    });
    const { port } = await bench.collect({
      store: bench.database,
      tls: { kind: 'mutual', files: { ...collector.files, caFile } },
    });
    const uplink = bench.agent(port, { tls: { kind: 'renewed', read: () => identity.read() } });
    uplink.start();
    await until('it is connected', () => uplink.status().connected);
    await until('it is renewed', async () => (await bench.database.certificates(ALL)).items.length > 1);
  },
);

test('a clock that is wrong is said', async () => {
  for (const [offset, words] of [
    [-3_600_000, /clock is behind the collector's: the certificate just issued begins at/],
    [3_600_000, /clock is ahead of the collector's: the certificate just issued ended at/],
  ] as const) {
    const { address } = await bench.issue();
    const identity = bench.keep(address, {
      dir: join(bench.dir, String(offset)),
      proofs: { joinToken: await bench.joinToken() },
      clock: () => Date.now() + offset,
    });
    await until('it is said', () => bench.log.some((line) => words.test(JSON.stringify(line))));
    if (offset > 0) assert.match(identity.problem() ?? '', words);
  }
});

test('a certificate that came while clocks were ahead is renewed once they are right', async () => {
  let ahead = 3_600_000;
  const clock = (): number => Date.now() + ahead;
  const { address } = await bench.issue({ clock });
  const proofs = { joinToken: await bench.joinToken({ lifeMs: 86_400_000 }) };
  await bench.keep(address, { proofs, clock }).ready();
  ahead = 0;
  // As after a restart: it looks at once.
  const identity = bench.keep(address);
  await until('there is one that is good today', async () => (await identity.read()).validFrom <= Date.now());
  const { items } = await bench.database.certificates(ALL);
  assert.deepEqual(
    items.map(({ proof }) => proof),
    ['renewal', 'join-token'],
  );
});

test('a clock that stays behind costs ever fewer certificates', async () => {
  const { address } = await bench.issue();
  const identity = bench.keep(address, {
    proofs: { joinToken: await bench.joinToken() },
    timing: { backoffBaseMs: 1, backoffCapMs: 20 },
    clock: () => Date.now() - 3_600_000,
    random: () => 0.999,
  });
  const issued = async (): Promise<number> => (await bench.database.certificates(ALL)).items.length;
  await until('it is tried again', async () => (await issued()) > 3);
  await sleep(300);
  // Waits double from 20 ms on.
  assert.ok((await issued()) < 9, `${await issued()}`);
  assert.match(identity.problem() ?? '', /clock is behind/);
});

test('a certificate is renewed at half of its life, however long the waits between attempts may grow', async () => {
  const { address } = await bench.issue({ lifeMs: 6_000 });
  bench.keep(address, {
    proofs: { joinToken: await bench.joinToken() },
    timing: { backoffBaseMs: 20, backoffCapMs: 3_600_000 },
  });
  await until('it is renewed twice', async () => {
    const { items } = await bench.database.certificates(ALL);
    return items.filter(({ proof }) => proof === 'renewal').length === 2;
  });
});

test('a clock that is ahead by most of a certificate’s life has the node ask no more often than when it fails', async () => {
  const { address } = await bench.issue({ lifeMs: 3_600_000 });
  const identity = bench.keep(address, {
    proofs: { joinToken: await bench.joinToken() },
    timing: { backoffBaseMs: 20, backoffCapMs: 3_600_000 },
    clock: () => Date.now() + 2_700_000,
  });
  await identity.ready();
  const issued = async (): Promise<number> => (await bench.database.certificates(ALL)).items.length;
  await until('what is past half of its life from the first is renewed', async () => (await issued()) === 2);
  await sleep(500);
  assert.equal(await issued(), 2);
});

test('without anything to show, the problem is what a person has to do', async () => {
  const { address } = await bench.issue();
  const identity = bench.keep(address, { proofs: { serviceAccountTokenFile: join(bench.dir, 'none') } });
  await until('it is said', () => identity.problem() !== undefined);
  assert.match(
    identity.problem() ?? '',
    /nothing to get a certificate with \(.*none cannot be read.*\); make a token/,
  );
});
