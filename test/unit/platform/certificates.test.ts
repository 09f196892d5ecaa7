import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  createAuthority,
  createDevelopmentCertificates,
  issueCertificate,
} from '../../../platform/certificates.ts';
import { CertificateError } from '../../../platform/certificate-error.ts';
import { peerIdentity } from '../../../platform/node-identity.ts';
import { readTls } from '../../../platform/tls.ts';
import { needsCommands } from '../../support/requirements.ts';

const run = promisify(execFile);
const LONG_NAME = `${'node.'.repeat(30)}example`;
const request = { nodes: ['node-1', LONG_NAME], serverNames: ['collector.example', '127.0.0.1', '::1'] };

let dir: string;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tallyman-certificates-'));
  await createDevelopmentCertificates(dir, request);
});

after(() => rm(dir, { recursive: true, force: true }));

function codeOf(code: CertificateError['code']): (error: unknown) => boolean {
  return (error) => error instanceof CertificateError && error.code === code;
}

test(
  'openssl accepts them, each for its purpose and no other',
  { skip: needsCommands('openssl') },
  async () => {
    const verify = async (name: string, purpose: string, ...more: string[]): Promise<string> => {
      const options = [
        'verify',
        '-x509_strict',
        '-CAfile',
        join(dir, 'ca.crt'),
        '-purpose',
        purpose,
        ...more,
      ];
      return (await run('openssl', [...options, join(dir, `${name}.crt`)])).stdout;
    };
    assert.match(await verify('node-1', 'sslclient'), /OK/);
    assert.match(await verify(LONG_NAME, 'sslclient'), /OK/);
    assert.match(await verify('collector', 'sslserver', '-verify_hostname', 'collector.example'), /OK/);
    assert.match(await verify('collector', 'sslserver', '-verify_ip', '::1'), /OK/);
    await assert.rejects(verify('node-1', 'sslserver'));
    await assert.rejects(verify('collector', 'sslclient'));
    await assert.rejects(verify('collector', 'sslserver', '-verify_hostname', 'other.example'));
  },
);

test('a node is named by its certificate, however long its name', async () => {
  for (const node of request.nodes) {
    const { raw } = new X509Certificate(await readFile(join(dir, `${node}.crt`)));
    assert.equal(peerIdentity(raw)?.node, node);
  }
  const { raw } = new X509Certificate(await readFile(join(dir, 'ca.crt')));
  assert.equal(peerIdentity(raw), undefined);
});

test('files are for their owner alone, and fit each other', async () => {
  for (const file of ['ca.key', 'ca.crt', 'collector.key', 'node-1.key']) {
    assert.equal((await stat(join(dir, file))).mode & 0o777, 0o600, file);
  }
  const { validUntil } = await readTls(filesOf('node-1'));
  assert.ok(Math.abs(validUntil - Date.now() - 365 * 86_400_000) < 60_000);
});

test('what is there is kept, and what is missing is added by the same authority', async () => {
  const authority = await readFile(join(dir, 'ca.crt'), 'utf8');
  const made = await createDevelopmentCertificates(dir, { ...request, nodes: ['node-1', 'node-2'] });
  const outcomes = Object.fromEntries(made.map(({ path, outcome }) => [basename(path), outcome]));
  assert.deepEqual(outcomes, {
    'ca.crt': 'kept',
    'ca.key': 'kept',
    'collector.crt': 'kept',
    'collector.key': 'kept',
    'node-1.crt': 'kept',
    'node-1.key': 'kept',
    'node-2.crt': 'created',
    'node-2.key': 'created',
  });
  assert.equal(await readFile(join(dir, 'ca.crt'), 'utf8'), authority);
});

test('forced, all is new', async () => {
  const other = await mkdtemp(join(tmpdir(), 'tallyman-certificates-'));
  try {
    await createDevelopmentCertificates(other, { nodes: ['n'], serverNames: ['localhost'] });
    const before = await readFile(join(other, 'ca.crt'), 'utf8');
    const made = await createDevelopmentCertificates(other, {
      nodes: ['n'],
      serverNames: ['localhost'],
      force: true,
    });
    assert.ok(made.every(({ outcome }) => outcome === 'created'));
    assert.notEqual(await readFile(join(other, 'ca.crt'), 'utf8'), before);
    await readTls({
      certFile: join(other, 'n.crt'),
      keyFile: join(other, 'n.key'),
      caFile: join(other, 'ca.crt'),
    });
  } finally {
    await rm(other, { recursive: true });
  }
});

test('halves and strangers are not silently replaced', async () => {
  const other = await mkdtemp(join(tmpdir(), 'tallyman-certificates-'));
  const make = () => createDevelopmentCertificates(other, { nodes: ['n'], serverNames: ['localhost'] });
  try {
    await make();
    await unlink(join(other, 'n.key'));
    await assert.rejects(make(), codeOf('incomplete'));
    await writeFile(join(other, 'n.key'), await readFile(join(dir, 'node-1.key')));
    await writeFile(join(other, 'n.crt'), await readFile(join(dir, 'node-1.crt')));
    await assert.rejects(make(), codeOf('mismatch'));
    await writeFile(join(other, 'ca.key'), 'not a key');
    await assert.rejects(make(), codeOf('not-a-certificate'));
  } finally {
    await rm(other, { recursive: true });
  }
});

test('names that cannot be are refused', async () => {
  const authority = await createAuthority(dir);
  const until = { days: 1, now: Date.now() };
  for (const node of ['', '../evil', 'a/b', 'a b', '-a', 'x'.repeat(300), 'a\nb']) {
    await assert.rejects(issueCertificate(authority, { node, ...until }), codeOf('bad-name'), node);
  }
  for (const serverNames of [[], ['a b'], ['*'], ['http://a']]) {
    await assert.rejects(issueCertificate(authority, { serverNames, ...until }), codeOf('bad-name'));
  }
  for (const node of ['ca', 'collector']) {
    await assert.rejects(
      createDevelopmentCertificates(dir, { ...request, nodes: [node] }),
      codeOf('bad-name'),
    );
  }
});

function filesOf(name: string): { certFile: string; keyFile: string; caFile: string } {
  return {
    certFile: join(dir, `${name}.crt`),
    keyFile: join(dir, `${name}.key`),
    caFile: join(dir, 'ca.crt'),
  };
}
