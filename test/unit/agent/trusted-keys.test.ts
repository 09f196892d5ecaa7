import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { TrustedKeys, watchTrustedKeys } from '../../../agent/trusted-keys.ts';
import { CommandGate } from '../../../agent/uplink/command-gate.ts';
import type { Command } from '../../../proto/codec/command.ts';
import { signCommand } from '../../../proto/codec/command-signature.ts';

const anna = generateKeyPairSync('ed25519');
const ben = generateKeyPairSync('ed25519');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-trusted-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, { publicKey }: { readonly publicKey: typeof anna.publicKey }): string {
  const path = join(folder, `${name}.pub`);
  writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }));
  return path;
}

function owners(keys: TrustedKeys): string[] {
  return keys.current().map(({ owner }) => owner);
}

function order(id: string): Command {
  return {
    ...{ id, node: 'node-1', issuer: 'x', issuedAt: 0, expiresAt: 1_000_000 },
    action: { kind: 'free', receiptId: 'r' },
  };
}

function gateFor(keys: TrustedKeys): CommandGate {
  return new CommandGate({
    node: 'node-1',
    clock: () => 1000,
    now: () => 0,
    trustedKeys: () => keys.current(),
  });
}

test('a key that is added is trusted, and one that is taken away is not, without a new start', () => {
  put('anna', anna);
  const keys = new TrustedKeys([folder]);
  const gate = gateFor(keys);
  const verdict = (id: string, { privateKey }: typeof anna) =>
    gate.admit(signCommand(order(id), privateKey))?.verdict;
  assert.deepEqual([verdict('1', anna), verdict('2', ben)], ['execute', 'refused']);
  put('ben', ben);
  assert.deepEqual(keys.look(), { isChanged: true, problems: [] });
  assert.deepEqual([verdict('3', anna), verdict('4', ben)], ['execute', 'execute']);
  rmSync(join(folder, 'anna.pub'));
  assert.equal(keys.look().isChanged, true);
  assert.deepEqual([verdict('5', anna), verdict('6', ben)], ['refused', 'execute']);
  assert.deepEqual(keys.look(), { isChanged: false, problems: [] });
});

test('with the last key taken away nobody is trusted, which is not everybody', () => {
  put('anna', anna);
  const keys = new TrustedKeys([folder]);
  const gate = gateFor(keys);
  rmSync(join(folder, 'anna.pub'));
  const { isChanged, problems } = keys.look();
  assert.equal(isChanged, true);
  assert.match(problems.join(), /there is no key at .* any more, and none from there is trusted/);
  assert.equal(gate.admit(order('unsigned'))?.verdict, 'refused');
  assert.equal(gate.admit(signCommand(order('signed'), anna.privateKey))?.verdict, 'refused');
  rmSync(folder, { recursive: true });
  assert.deepEqual(owners(keys), []);
  mkdirSync(folder);
  put('anna', anna);
  assert.deepEqual(keys.look(), { isChanged: true, problems: [] });
});

test('a file that is broken keeps its earlier key, and says so once', () => {
  const path = put('anna', anna);
  put('ben', ben);
  const keys = new TrustedKeys([folder]);
  for (const broken of ['', '-----BEGIN PUBLIC KEY-----\nMCow', 'x'.repeat(100_000)]) {
    writeFileSync(path, broken);
    const { isChanged, problems } = keys.look();
    assert.equal(isChanged, false);
    assert.match(problems.join(), /anna\.pub is no public key: .*; what was read from it before is used$/);
    assert.deepEqual(keys.look().problems, []);
    assert.equal(keys.problems().length, 1);
    assert.deepEqual(owners(keys), ['anna', 'ben']);
    put('anna', anna);
    assert.deepEqual(keys.look(), { isChanged: false, problems: [] });
  }
  put('anna', ben);
  assert.deepEqual(keys.look(), { isChanged: true, problems: [] });
  assert.deepEqual(keys.problems(), []);
});

test('a new file that is broken takes nothing from the others, and is not trusted', () => {
  const path = put('anna', anna);
  const keys = new TrustedKeys([path, folder]);
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'eve.pub'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const { isChanged, problems } = keys.look();
  assert.equal(isChanged, false);
  assert.match(problems.join(), /eve\.pub is no public key: it is a private key/);
  assert.deepEqual(owners(keys), ['anna']);
  rmSync(path);
  assert.equal(keys.look().isChanged, true, 'what is broken keeps no other key in');
  assert.deepEqual(owners(keys), []);
});

test('a mounted volume that is swapped is read anew', () => {
  for (const [name, pair] of [
    ['old', anna],
    ['new', ben],
  ] as const) {
    mkdirSync(join(folder, name));
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
    writeFileSync(join(folder, name, 'operator.pub'), pem);
  }
  const mounted = join(folder, 'mounted');
  symlinkSync('old', mounted);
  const keys = new TrustedKeys([mounted]);
  const [before] = keys.current();
  symlinkSync('new', join(folder, 'next'));
  renameSync(join(folder, 'next'), mounted);
  assert.equal(keys.look().isChanged, true);
  assert.notEqual(keys.current()[0]?.id, before?.id);
});

test('what is no file is no key, and is not waited for', () => {
  const pipe = join(folder, 'pipe.pub');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => new TrustedKeys([folder]), /pipe\.pub is no public key: it is no file/);
});

test('the files are looked at every so often, until the end', async () => {
  put('anna', anna);
  const keys = new TrustedKeys([folder]);
  const ended = new AbortController();
  const changed = Promise.withResolvers<readonly string[]>();
  const problem = Promise.withResolvers<string>();
  watchTrustedKeys({
    keys,
    intervalMs: 5,
    signal: ended.signal,
    onChange: (now) => changed.resolve(now.map(({ owner }) => owner)),
    onProblem: problem.resolve,
  });
  // It keeps no process alive by itself.
  const alive = setInterval(() => undefined, 1000);
  put('ben', ben);
  assert.deepEqual(await changed.promise, ['anna', 'ben']);
  writeFileSync(join(folder, 'ben.pub'), 'no key');
  assert.match(await problem.promise, /ben\.pub/);
  ended.abort();
  clearInterval(alive);
});
