import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { credentials } from '../../agent/catalogers/credentials/index.ts';
import { fileModes } from '../../agent/catalogers/file-modes/index.ts';
import { catalogers } from '../../agent/catalogers/index.ts';
import { shells } from '../../agent/catalogers/shells/index.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { compose, type MergeLayer } from '../../core/compose.ts';
import type { Fact } from '../../core/facts.ts';
import type { FindingRule } from '../../core/finding-rules.ts';
import { FINDING_CATALOGERS, findingsOf, type Finding } from '../../core/findings.ts';
import { elfWith } from '../support/elf.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-findings-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const PROGRAM = elfWith({ '.rodata': Buffer.alloc(8192) });

function write(path: string, content: Uint8Array | string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

async function findingsIn(...layers: readonly string[]): Promise<readonly Finding[]> {
  const read: MergeLayer[] = [];
  for (const [at, path] of layers.entries())
    read.push(await scanLayer(overlayDirectorySource(path), `sha256:${at}`, catalogers));
  const factsOf = (layer: number, id: string): readonly Fact[] =>
    read[layer]?.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [];
  return findingsOf(compose(read), factsOf);
}

test('the catalogers of findings are the ones that are merged', () => {
  assert.deepEqual([credentials, fileModes, shells].map(({ id }) => id).toSorted(), [...FINDING_CATALOGERS]);
  for (const id of FINDING_CATALOGERS)
    assert.ok(
      catalogers.some((one) => one.id === id),
      id,
    );
});

test('setuid and setgid programs are those that find lists', { skip: needsCommands('find') }, async () => {
  const facts = (await scanLayer(rootDirectorySource('/usr'), 'sha256:0', [fileModes])).facts[0]?.facts ?? [];
  const rules: readonly (readonly [FindingRule, ...string[]])[] = [
    ['setuid-file', '-perm', '-4000', '-perm', '/111'],
    ['setgid-file', '-perm', '-2010'],
  ];
  for (const [rule, ...conditions] of rules) {
    const listed = execFileSync('find', ['/usr', '-xdev', '-type', 'f', ...conditions, '-printf', '%P\n'], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const found = facts.filter(({ findings = [] }) => findings.some(({ ruleId }) => ruleId === rule));
    assert.deepEqual(
      found.map(({ path }) => path).toSorted(),
      listed.split('\n').filter(Boolean).toSorted(),
      rule,
    );
  }
});

test(
  'executables that anyone may write to are those that find lists',
  { skip: needsCommands('find') },
  async () => {
    const root = join(scratch, 'open');
    const files: readonly (readonly [string, string | Uint8Array, number])[] = [
      ['usr/local/bin/deploy', '#!/bin/sh\n', 0o777],
      ['usr/local/bin/deploy.py', '#!/usr/bin/python3\n', 0o757],
      ['usr/local/bin/tool', PROGRAM, 0o702],
      ['opt/app/start.sh', 'exec app\n', 0o777],
      ['opt/app/tiny', '\x7fELF', 0o6777],
      ['opt/app/empty', '', 0o777],
      ['opt/app/note', 'x', 0o666],
      ['opt/app/own', '#!/bin/sh\n', 0o755],
    ];
    for (const [path, content, mode] of files) write(join(root, path), content, mode);
    mkdirSync(join(root, 'tmp'));
    chmodSync(join(root, 'tmp'), 0o1777);
    symlinkSync('deploy', join(root, 'usr/local/bin/link'));
    const options = ['-type', 'f', '-perm', '-0002', '-perm', '/111', '-printf', '%P\n'];
    const listed = execFileSync('find', [root, ...options], { encoding: 'utf8' });
    const open = (await findingsIn(root)).filter(({ ruleId }) => ruleId === 'world-writable-executable');
    assert.deepEqual(open.map(({ path }) => path).toSorted(), listed.split('\n').filter(Boolean).toSorted());
  },
);

test('files of other modes leave no fact', async () => {
  const root = join(scratch, 'modes');
  write(join(root, 'bin/su'), PROGRAM, 0o4755);
  write(join(root, 'bin/plain'), PROGRAM, 0o755);
  write(join(root, 'bin/bash'), PROGRAM, 0o644);
  write(join(root, 'entrypoint.sh'), '#!/bin/sh\n', 0o777);
  write(join(root, 'docker-entrypoint'), '#!/bin/sh\n', 0o777);
  const { facts } = await scanLayer(rootDirectorySource(root), 'sha256:0', [fileModes, shells]);
  assert.deepEqual(
    facts.map((one) => one.facts.map(({ path }) => path)),
    [['bin/su', 'docker-entrypoint', 'entrypoint.sh'], []],
  );
});

test(
  'keys that real tools make are told by their kind',
  { skip: needsCommands('openssl', 'ssh-keygen') },
  async () => {
    const root = join(scratch, 'keys');
    mkdirSync(root);
    function make(command: string, ...args: readonly string[]): void {
      execFileSync(command, args, { cwd: root, stdio: 'pipe' });
    }
    make('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'id_ed25519');
    make('ssh-keygen', '-q', '-t', 'ecdsa', '-N', 'secret', '-f', 'id_ecdsa');
    make(
      'openssl',
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-out',
      'plain.key',
    );
    make('openssl', 'pkcs8', '-topk8', '-in', 'plain.key', '-passout', 'pass:x', '-out', 'locked.key');
    make(
      'openssl',
      'req',
      '-x509',
      '-key',
      'plain.key',
      '-subj',
      '/CN=x',
      '-days',
      '1',
      '-out',
      'certificate.pem',
    );
    make(
      'openssl',
      'pkcs12',
      '-export',
      '-inkey',
      'plain.key',
      '-in',
      'certificate.pem',
      '-passout',
      'pass:x',
      '-out',
      'both.p12',
    );
    make(
      'openssl',
      'pkcs12',
      '-export',
      '-nokeys',
      '-in',
      'certificate.pem',
      '-passout',
      'pass:x',
      '-out',
      'trust.p12',
    );
    const found = (await findingsIn(root)).map(({ path, kind, evidence }) => `${path} ${kind}: ${evidence}`);
    assert.deepEqual(found, [
      'both.p12 pkcs12: key bag',
      'id_ecdsa openssh: encrypted private key',
      'id_ed25519 openssh: unencrypted private key',
      'locked.key pem: encrypted private key',
      'plain.key pem: unencrypted private key',
    ]);
  },
);

test(
  'what later layers change is as the image shows it, but deleted secrets stay',
  { skip: needsRoot() },
  async () => {
    const [lower, upper] = [join(scratch, 'lower'), join(scratch, 'upper')];
    write(join(lower, 'bin/su'), PROGRAM, 0o4755);
    write(join(lower, 'bin/bash'), PROGRAM, 0o755);
    write(join(lower, 'bin/dash'), PROGRAM, 0o755);
    write(join(lower, 'root/.pgpass'), 'db:5432:*:me:secret\n', 0o600);
    write(join(upper, 'bin/su'), PROGRAM, 0o755);
    mkdirSync(join(upper, 'root'));
    for (const path of ['bin/bash', 'root/.pgpass'])
      execFileSync('mknod', [join(upper, path), 'c', '0', '0']);
    assert.deepEqual(
      (await findingsIn(lower)).map(({ ruleId, path }) => `${ruleId} ${path}`),
      ['credential-file root/.pgpass', 'setuid-file bin/su', 'shell bin/bash', 'shell bin/dash'],
    );
    assert.deepEqual(
      (await findingsIn(lower, upper)).map(({ ruleId, path, layer, isHidden }) => ({
        ruleId,
        path,
        layer,
        isHidden,
      })),
      [
        { ruleId: 'credential-file', path: 'root/.pgpass', layer: 0, isHidden: true },
        { ruleId: 'shell', path: 'bin/dash', layer: 0, isHidden: undefined },
      ],
    );
  },
);
