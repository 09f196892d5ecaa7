import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rpm } from '../../../../../agent/catalogers/rpm/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = 'var/lib/rpmmanifest/container-manifest-2';
const BASH =
  'bash\t5.1.8-1.cm2\t1653816591\t1653628955\tMicrosoft Corporation\t(none)\t3381\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm';
const SSL =
  'openssl-libs\t1.1.1k-15.cm2\t1\t1\tMicrosoft Corporation\t1\t9\tx86_64\t1\topenssl-1.1.1k-15.cm2.src.rpm\textra';
const KEY = 'gpg-pubkey\t3135ce90-5e6fda74\t1\t1\t(none)\t(none)\t0\t(none)\t0\t(none)';

test('each line is a package', () => {
  const { packages } = rpm.parse(bufferFile(PATH, [BASH, SSL, KEY].join('\n')));
  assert.deepEqual(packages, [
    {
      type: 'rpm',
      name: 'bash',
      version: '5.1.8-1.cm2',
      architecture: 'x86_64',
      source: { name: 'bash', version: '5.1.8-1.cm2' },
      vendor: 'Microsoft Corporation',
    },
    {
      type: 'rpm',
      name: 'openssl-libs',
      version: '1.1.1k-15.cm2',
      epoch: 1,
      architecture: 'x86_64',
      source: { name: 'openssl', version: '1.1.1k-15.cm2' },
      vendor: 'Microsoft Corporation',
    },
    { type: 'rpm', name: 'gpg-pubkey', version: '3135ce90-5e6fda74', flags: ['not-software'] },
  ]);
});

test('a line with too few fields is passed over', () => {
  const { packages } = rpm.parse(bufferFile(PATH, `broken\t1\n\n${BASH}\n`));
  assert.deepEqual(
    packages?.map(({ name }) => name),
    ['bash'],
  );
});

test('any bytes give packages or none', () => {
  const seed = Buffer.from([BASH, SSL, KEY].join('\n'));
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(rpm, PATH, bytes)));
});
