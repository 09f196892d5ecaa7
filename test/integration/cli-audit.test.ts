import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AuditLog } from '../../agent/state/audit-log.ts';
import { keyId } from '../../proto/codec/command-signature.ts';
import { assertFails, tallyman } from '../support/cli.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-audit-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('keys create makes a pair whose private half is for its owner alone, and replaces none', async () => {
  const out = join(folder, 'keys');
  const made = await tallyman(['keys', 'create', 'anna', '--out', out, '--format', 'json']);
  assert.deepEqual([made.code, made.stderr], [0, '']);
  const secret = join(out, 'anna.key');
  assert.equal(statSync(secret).mode & 0o777, 0o600);
  const id = keyId(createPublicKey(createPrivateKey(readFileSync(secret))));
  assert.deepEqual(JSON.parse(made.stdout), [{ id, owner: 'anna', secret, shared: join(out, 'anna.pub') }]);

  const shown = await tallyman(['keys', 'show', out, '--format', 'json']);
  assert.deepEqual(JSON.parse(shown.stdout), [{ id, owner: 'anna' }]);
  await assertFails(['keys', 'create', 'anna', '--out', out], 2, /anna\.key is there already/);
  await assertFails(['keys', 'create', '../anna', '--out', out], 2, /cannot be a key's name/);
  assert.equal(keyId(createPublicKey(readFileSync(join(out, 'anna.pub')))), id);
});

test('an agent does not start with a trusted key that is none', async () => {
  const dir = join(folder, 'wrong');
  mkdirSync(join(dir, 'empty'), { recursive: true });
  const { privateKey } = generateKeyPairSync('ed25519');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(dir, 'secret.pub'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(dir, 'curve.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(dir, 'text.pub'), 'anna');
  const cases: [string, RegExp][] = [
    ['missing.pub', /missing\.pub is no public key: .*no such file/],
    ['empty', /there is no \*\.pub in this folder/],
    ['secret.pub', /it is a private key/],
    ['curve.pub', /it is no Ed25519 key/],
    ['text.pub', /text\.pub is no public key/],
  ];
  for (const [name, message] of cases) {
    const tls = ['--tls-ca', 'ca.crt', '--tls-cert', 'node.crt', '--tls-key', 'node.key'];
    const args = ['agent', '--collector', 'localhost:1', '--state-dir', join(dir, 'state'), ...tls];
    await assertFails([...args, '--trusted-keys', join(dir, name)], 2, message);
  }
});

test('audit verify tells a whole log from an altered one, and list shows what is in it', async () => {
  const dir = join(folder, 'state');
  mkdirSync(dir);
  const log = new AuditLog(dir, { now: () => Date.UTC(2026, 0, 1) });
  for (const subject of ['one', 'two', 'three'])
    log.write({ actor: 'anna', action: 'command', subject, outcome: 'accepted', detail: { order: 'scan' } });
  const head = log.head();
  log.close();
  const flags = ['--state-dir', dir];

  const whole = await tallyman(['audit', 'verify', ...flags]);
  assert.equal(whole.code, 0);
  assert.match(whole.stdout, /^The agent's audit log in .* is whole\.\nentries +3\n/);
  assert.match(whole.stdout, new RegExp(`^last +3  2026-01-01T00:00:00.000Z\nhead +${head?.hash}\n$`, 'm'));
  const json = await tallyman(['audit', 'verify', ...flags, '--format', 'json']);
  assert.deepEqual((JSON.parse(json.stdout) as { head: unknown }).head, head);

  const known = await tallyman(['audit', 'verify', ...flags, '--head', head?.hash ?? '']);
  assert.equal(known.code, 0);
  const cut = await tallyman(['audit', 'verify', ...flags, '--head', 'ab'.repeat(32)]);
  assert.equal(cut.code, 1);
  assert.match(cut.stdout, /is broken at entry 4: the entry whose hash is (?:ab){32} is not there/);

  const listed = await tallyman(['audit', 'list', ...flags, '--last', '1']);
  assert.match(
    listed.stdout,
    /\n3 +2026-01-01T00:00:00.000Z +anna +command +three +accepted +order: scan\n$/,
  );
  assert.equal(listed.stdout.split('\n').length, 3);

  const path = join(dir, 'audit.log');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"two"', '"ten"'));
  const altered = await tallyman(['audit', 'verify', ...flags]);
  assert.equal(altered.code, 1);
  assert.match(altered.stdout, /is broken at entry 2: it was altered: its hash is another\.\n$/);
  const told = await tallyman(['audit', 'verify', ...flags, '--format', 'json']);
  assert.deepEqual(JSON.parse(told.stdout), {
    kind: 'broken',
    sequence: 2,
    why: 'it was altered: its hash is another',
  });
  await assertFails(['audit', 'verify', '--state-dir', join(dir, 'none')], 3, /is not there/);
  await assertFails(['audit', 'list', ...flags, '--last', '0'], 2, /whole number/);
});
