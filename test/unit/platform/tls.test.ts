import assert from 'node:assert/strict';
import { copyFile, readFile, rename, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDevelopmentCertificates } from '../../../platform/certificates.ts';
import { CertificateError } from '../../../platform/certificate-error.ts';
import { isLoopback, readTls, watchTls, type TlsFiles, type TlsMaterial } from '../../../platform/tls.ts';

let dir: string;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tallyman-tls-'));
  await createDevelopmentCertificates(dir, { nodes: ['node-1', 'node-2'], serverNames: ['localhost'] });
});

after(() => rm(dir, { recursive: true, force: true }));

function filesOf(cert: string, key: string, ca = 'ca.crt'): TlsFiles {
  return { certFile: join(dir, cert), keyFile: join(dir, key), caFile: join(dir, ca) };
}

test('files that do not do are named, with what is wrong with them', async () => {
  await writeFile(join(dir, 'empty'), '');
  await writeFile(join(dir, 'large'), '');
  await truncate(join(dir, 'large'), 2 * 1024 * 1024);
  const cases: [TlsFiles, CertificateError['code'], RegExp][] = [
    [filesOf('missing.crt', 'node-1.key'), 'unreadable', /missing\.crt cannot be read/],
    [filesOf('large', 'node-1.key'), 'unreadable', /large cannot be read: it is larger than/],
    [filesOf('empty', 'node-1.key'), 'not-a-certificate', /empty holds no certificate/],
    [filesOf('node-1.crt', 'node-1.crt'), 'not-a-certificate', /node-1\.crt holds no private key/],
    [filesOf('node-1.crt', 'node-1.key', 'ca.key'), 'not-a-certificate', /ca\.key holds no certificate/],
    [filesOf('node-1.crt', 'node-2.key'), 'mismatch', /node-2\.key is not the key of .*node-1\.crt/],
  ];
  for (const [files, code, message] of cases) {
    await assert.rejects(readTls(files), (error) => {
      assert.ok(error instanceof CertificateError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a file of both certificate and key fits itself, also while it is replaced', async () => {
  const both = join(dir, 'both.pem');
  const texts = await Promise.all(
    ['node-1', 'node-2'].map(async (node) =>
      Buffer.concat([await readFile(join(dir, `${node}.key`)), await readFile(join(dir, `${node}.crt`))]),
    ),
  );
  const replace = async (at: number): Promise<void> => {
    await writeFile(`${both}.new`, texts[at % 2] ?? '');
    await rename(`${both}.new`, both);
  };
  await replace(0);
  let isRead = false;
  const replaced = (async () => {
    for (let at = 1; !isRead; at += 1) await replace(at);
  })();
  try {
    for (let time = 0; time < 200; time += 1)
      await readTls({ certFile: both, keyFile: both, caFile: join(dir, 'ca.crt') });
  } finally {
    isRead = true;
    await replaced;
  }
});

test('a watch reports a change once, and files that do not fit once until they do', async () => {
  const files = filesOf('used.crt', 'used.key');
  await copyFile(join(dir, 'node-1.crt'), files.certFile);
  await copyFile(join(dir, 'node-1.key'), files.keyFile);
  const current = await readTls(files);
  const seen: (TlsMaterial | 'error')[] = [];
  const end = new AbortController();
  const next = Promise.withResolvers<void>();
  let wake = next;
  const told = async (): Promise<void> => {
    await wake.promise;
    wake = Promise.withResolvers<void>();
  };
  const watching = watchTls({
    read: () => readTls(files),
    current,
    intervalMs: 5,
    signal: end.signal,
    onChange(material) {
      seen.push(material);
      wake.resolve();
    },
    onError() {
      seen.push('error');
      wake.resolve();
    },
  });
  await copyFile(join(dir, 'node-2.crt'), files.certFile);
  await told();
  await copyFile(join(dir, 'node-2.key'), files.keyFile);
  await told();
  end.abort();
  await watching;
  assert.equal(seen.length, 2);
  assert.equal(seen[0], 'error');
  const [, changed] = seen;
  assert.ok(typeof changed === 'object' && changed.fingerprint !== current.fingerprint);
});

test('loopback is what stays on this machine', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.9.10', '::1'])
    assert.equal(isLoopback(host), true, host);
  for (const host of [
    '',
    '0.0.0.0',
    '::',
    'example.org',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '10.0.0.1',
  ]) {
    assert.equal(isLoopback(host), false, host);
  }
});
