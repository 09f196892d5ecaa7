import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { needsOtherUser, NOBODY, tallyman } from '../support/cli.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-certs-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('certs makes an authority, and what it vouches for', async () => {
  const dir = join(folder, 'new');
  const args = [
    'certs',
    '--dir',
    dir,
    '--node',
    'one',
    'two',
    '--server-name',
    'collector.test',
    '127.0.0.1',
  ];
  const first = await tallyman([...args, '--days', '30', '--format', 'json']);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  const files = JSON.parse(first.stdout) as { path: string; outcome: string }[];
  const names = ['ca', 'collector', 'one', 'two'].flatMap((name) => [`${name}.crt`, `${name}.key`]);
  assert.deepEqual(files.map(({ path }) => path).sort(), names.map((name) => join(dir, name)).sort());
  for (const { path, outcome } of files) {
    assert.equal(outcome, 'created');
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  const read = (name: string): X509Certificate => new X509Certificate(readFileSync(join(dir, `${name}.crt`)));
  for (const name of ['collector', 'one', 'two']) assert.ok(read(name).verify(read('ca').publicKey), name);
  assert.equal(read('collector').checkHost('collector.test'), 'collector.test');
  assert.equal(read('collector').checkIP('127.0.0.1'), '127.0.0.1');
  const days = (Date.parse(read('one').validTo) - Date.now()) / 86_400_000;
  assert.ok(days > 28 && days < 32, String(days));

  const again = await tallyman(args);
  assert.match(again.stdout, /^FILE +OUTCOME\n/);
  assert.equal(again.stdout.match(/ kept$/gm)?.length, names.length);
  const forced = await tallyman([...args, '--force']);
  assert.equal(forced.stdout.match(/ created$/gm)?.length, names.length);
});

test('a wrong value names itself', async () => {
  const cases = [
    [['--days', '0'], /^tallyman: days is "0" \(from --days\)/],
    [['--days', '99999999'], /^tallyman: days is "99999999" \(from --days\); it must be .* to 36500/],
    [['--format', 'xml'], /^tallyman: format is "xml"/],
    [['--node', 'a/b'], /^tallyman: [^\n]*a\/b/],
  ] as const;
  for (const [flags, message] of cases) {
    const { code, stdout, stderr } = await tallyman(['certs', '--dir', join(folder, 'none'), ...flags]);
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.deepEqual([code, stdout], [2, '']);
  }
});

test('a folder that may not be written is denied', { skip: needsOtherUser() }, async () => {
  const dir = join(folder, 'closed');
  mkdirSync(dir, { mode: 0o700 });
  const { code, stderr } = await tallyman(['certs', '--dir', join(dir, 'x')], { uid: NOBODY, cwd: '/' });
  assert.match(stderr, /^tallyman: [^\n]*(EACCES|permission denied)[^\n]*\n$/);
  assert.equal(code, 4);
});
