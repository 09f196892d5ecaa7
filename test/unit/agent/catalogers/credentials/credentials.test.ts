import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CREDENTIAL_FILES,
  GOOGLE_KEY,
} from '../../../../../agent/catalogers/credentials/credential-files.ts';
import { credentials } from '../../../../../agent/catalogers/credentials/index.ts';
import type { FindingRecord } from '../../../../../core/facts.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const SECRET = 'a1b2c3d4e5f6g7h8i9j0';

function foundIn(path: string, content: Uint8Array | string): readonly FindingRecord[] {
  assert.ok(credentials.candidates.accepts(path), path);
  return credentials.parse(bufferFile(path, content)).findings ?? [];
}

function keyOf(path: string, content: Uint8Array | string): string | undefined {
  const [finding, ...others] = foundIn(path, content);
  assert.equal(others.length, 0);
  if (finding === undefined) return undefined;
  assert.equal(finding.ruleId, 'private-key');
  return `${finding.kind}: ${finding.evidence}`;
}

const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const oldPem = pair.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' } as const;
const encryptedPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString();
const oldEncryptedPem = pair.privateKey.export({ type: 'sec1', format: 'pem', ...cipher }).toString();
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

test('private keys in PEM are told from public ones, encrypted from plain', () => {
  assert.equal(keyOf('etc/ssl/private/a.key', pem), 'pem: unencrypted private key');
  assert.equal(keyOf('a.pem', oldPem.replaceAll('\n', '\r\n')), 'pem: unencrypted private key');
  assert.equal(keyOf('a.pem', encryptedPem), 'pem: encrypted private key');
  assert.equal(keyOf('id_ecdsa', oldEncryptedPem), 'pem: encrypted private key');
  assert.equal(keyOf('a.pem', publicPem), undefined);
});

test('a key is found behind certificates', () => {
  assert.equal(keyOf('a.pem', publicPem.repeat(2000) + pem), 'pem: unencrypted private key');
});

test('words about a key are no key', () => {
  assert.equal(keyOf('a.pem', '-----BEGIN PRIVATE KEY-----\n(put yours here)\n'), undefined);
  assert.equal(keyOf('a.key', 'It begins with -----BEGIN RSA PRIVATE KEY-----'), undefined);
});

test('what lies among tests and examples says so', () => {
  assert.equal(keyOf('usr/share/doc/x/examples/a.pem', pem), 'pem: unencrypted private key, among samples');
});

test('other kinds of key files', () => {
  const putty = 'PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: aes256-cbc\r\n';
  assert.equal(keyOf('a.ppk', putty), 'putty: encrypted private key');
  assert.equal(keyOf('a.ppk', putty.replace('aes256-cbc', 'none')), 'putty: unencrypted private key');
  assert.equal(
    keyOf('root/.gnupg/private-keys-v1.d/AB.key', '(11:private-key(3:rsa(1:n'),
    'gnupg: unencrypted private key',
  );
  assert.equal(
    keyOf(
      'root/.gnupg/private-keys-v1.d/AB.key',
      'Created: 20240101T000000\nKey: (protected-private-key (ecc',
    ),
    'gnupg: encrypted private key',
  );
  const block = `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\nlQOYBGXu${'A'.repeat(40)}\n`;
  assert.equal(keyOf('a.asc', block), 'pgp: private key');
});

/** Of Java: entries are a tag, an alias, a time, and here the type and bytes of a certificate. */
function javaKeystore(magic: number, ...tags: readonly number[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32BE(magic, 0);
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(tags.length, 8);
  const entry = Buffer.from('\0\0\0\0\0\x03abc01234567\0\x05X.509\0\0\0\x04cert', 'latin1');
  return Buffer.concat([
    header,
    ...tags.map((tag) => {
      const copy = Buffer.from(entry);
      copy.writeUInt32BE(tag, 0);
      return copy;
    }),
  ]);
}

test('a keystore of certificates alone holds no private key', () => {
  assert.equal(keyOf('a.jks', javaKeystore(0xfeedfeed, 2, 2)), undefined);
  assert.equal(keyOf('a.jks', javaKeystore(0xfeedfeed, 2, 1)), 'jks: private key entry');
  assert.equal(keyOf('a.keystore', javaKeystore(0xcececece, 1)), 'jceks: private key entry');
  assert.equal(keyOf('a.jks', javaKeystore(0xfeedfeed, 2).fill(0xff, 12)), undefined);
});

/** One file for each kind that shows it, and one that does not. */
const FILES: readonly (readonly [path: string, kind: string, shown: string, empty: string])[] = [
  ['root/.aws/credentials', 'aws', `[default]\naws_secret_access_key = ${SECRET}`, '[default]\nregion = x'],
  [
    'root/.docker/config.json',
    'docker',
    `{"auths":{"r":{"auth":"${SECRET}"}}}`,
    '{"auths":{"r":{}},"credsStore":"x"}',
  ],
  ['run/containers/0/auth.json', 'podman', `{"auths":{"r":{"auth":"${SECRET}"}}}`, '{"auths":{}}'],
  [
    'app/shop-0123456789ab.json',
    'google-cloud',
    '{"private_key": "-----BEGIN PRIVATE KEY-----\\n"}',
    '{"private_key": ""}',
  ],
  ['root/.azure/msal_token_cache.json', 'azure', `{"secret": "${SECRET}"}`, '{"secret": ""}'],
  [
    'root/.kube/config',
    'kubernetes',
    `users:\n- user:\n    token: ${SECRET}`,
    'users:\n- user:\n    exec: {}',
  ],
  ['var/run/secrets/kubernetes.io/serviceaccount/token', 'kubernetes-token', 'eyJhbGci.eyJpc3Mi.c2ln\n', ''],
  ['root/.netrc', 'netrc', `machine x login y\n password ${SECRET}`, 'machine x login y'],
  ['src/.git/config', 'git', `url = https://me:${SECRET}@example.org/x`, 'url = https://example.org:8080/x'],
  [
    'root/.config/gh/hosts.yml',
    'github',
    `github.com:\n    oauth_token: ${SECRET}`,
    'github.com:\n    user: x',
  ],
  ['app/.npmrc', 'npm', `//registry/:_authToken=${SECRET}`, '//registry/:_authToken=${NPM_TOKEN}'],
  ['root/.pypirc', 'pypi', `[pypi]\npassword = ${SECRET}`, '[pypi]\nusername = x'],
  [
    'etc/pip.conf',
    'pip',
    `index-url = https://me:${SECRET}@example.org`,
    'index-url = https://example.org/simple',
  ],
  ['root/.cargo/credentials.toml', 'cargo', `[registry]\ntoken = "${SECRET}"`, '[registry]\n'],
  ['root/.gem/credentials', 'rubygems', `---\n:rubygems_api_key: ${SECRET}`, '---\n'],
  [
    'root/.composer/auth.json',
    'composer',
    `{"github-oauth":{"github.com":"${SECRET}"}}`,
    '{"github-oauth":{}}',
  ],
  [
    'root/.m2/settings.xml',
    'maven',
    `<password>${SECRET}</password>`,
    '<password>${env.PASSWORD}</password>',
  ],
  ['root/.pgpass', 'postgresql', `db:5432:*:me:${SECRET}`, '#host:port:db:user:password'],
  ['root/.my.cnf', 'mysql', `[client]\npassword=${SECRET}`, '[client]\nuser=x'],
  ['etc/nginx/.htpasswd', 'htpasswd', 'me:$apr1$x$y', '# me:x'],
  ['root/.vault-token', 'vault', `hvs.${SECRET}`, ''],
  ['root/.terraform.d/credentials.tfrc.json', 'terraform', `{"token": "${SECRET}"}`, '{"token": ""}'],
  [
    'app/.env.production',
    'dotenv',
    `PORT=1\nexport DB_PASSWORD='${SECRET}'`,
    'DB_PASSWORD=\nAPI_KEY=${X}\nTOKEN=changeme',
  ],
];

for (const [path, kind, shown, empty] of FILES) {
  test(`${path} holds credentials, or not`, () => {
    const [finding] = foundIn(path, shown);
    assert.equal(finding?.ruleId, 'credential-file');
    assert.equal(finding?.kind, kind);
    assert.deepEqual(foundIn(path, empty), []);
  });
}

test('every kind of file has an example', () => {
  const kinds = [...CREDENTIAL_FILES, GOOGLE_KEY].map(({ kind }) => kind);
  assert.deepEqual(FILES.map(([, kind]) => kind).toSorted(), kinds.toSorted());
});

test('accounts that a password opens, or none', () => {
  const shadow =
    'root::19000:0:99999:7:::\nbin:*:1::::::\nme:$6$salt$hash:1::::::\nyou:!:1::::::\nold:!$6$x$y:1::::::\n';
  assert.deepEqual(foundIn('etc/shadow', shadow), [
    { ruleId: 'empty-password', kind: 'shadow', evidence: 'account root' },
    { ruleId: 'password-hash', kind: 'shadow', evidence: 'account me' },
  ]);
});

test('no finding repeats what is secret', () => {
  for (const [path, , shown] of FILES)
    assert.ok(!JSON.stringify(foundIn(path, shown)).includes(SECRET), path);
  assert.ok(!JSON.stringify(foundIn('a.key', pem)).includes(pem.split('\n')[1] ?? ''));
});

test('a file that is too large is said to be read in part', () => {
  const large = Buffer.alloc(2 << 20, 'a');
  assert.match(credentials.parse(bufferFile('a.pem', large)).truncated ?? '', /first/);
});

test('names that only resemble such files are not opened', () => {
  for (const path of [
    'app/config.json',
    'etc/credentials',
    'package.json',
    'var/shadow',
    'app/auth.json',
    'id_rsa.pub',
  ])
    assert.equal(credentials.candidates.accepts(path), false, path);
});

test('no bytes bring it down, however long their lines', () => {
  const paths = [...FILES.map(([path]) => path), 'a.pem', 'a.jks', 'a.p12', 'etc/shadow', 'a.ppk'];
  const seeds = [pem, encryptedPem, ...FILES.map(([, , shown]) => shown)].map((text) => Buffer.from(text));
  const bytes = hostileBytes(...seeds, javaKeystore(0xfeedfeed, 2, 1));
  fc.assert(
    fc.property(bytes, fc.constantFrom(...paths), (content, path) =>
      assertSurvives(credentials, path, content),
    ),
    { numRuns: 500 },
  );
  for (const piece of [
    'SECRET',
    'http://a:',
    '"auth" ',
    'password',
    '-----BEGIN PRIVATE KEY-----\n',
    ' ',
    'a:',
  ]) {
    const line = Buffer.from(piece.repeat(Math.ceil((1 << 20) / piece.length)));
    for (const path of paths) credentials.parse(bufferFile(path, line));
  }
});

test('of accounts without end a hundred are told', () => {
  assert.equal(foundIn('etc/shadow', 'a:\n'.repeat(340_000)).length, 100);
  assert.equal(foundIn('etc/shadow', `${'a:x\n'.repeat(200_000)}b:$6$x$y:1\n`).length, 1);
});

test('texts that lead patterns on are looked through in a moment', () => {
  const parts = [
    '"auth"',
    'http://a:',
    'password ',
    '_auth',
    'a:',
    '<password>',
    '-----BEGIN ',
    'TOKEN=',
    'token ',
    '\n',
  ];
  for (const [path] of FILES) {
    for (const part of parts) assert.ok(foundIn(path, part.repeat(500_000 / part.length)).length < 2);
  }
});
