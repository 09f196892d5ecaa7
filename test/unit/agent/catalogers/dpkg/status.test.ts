import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dpkg } from '../../../../../agent/catalogers/dpkg/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const STATUS = 'var/lib/dpkg/status';

function packagesOf(text: string, path = STATUS) {
  return dpkg.parse(bufferFile(path, text)).packages ?? [];
}

function paragraph(fields: Readonly<Record<string, string>>): string {
  const all = { Package: 'a', Status: 'install ok installed', Version: '1', ...fields };
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

test('a package has its version with epoch, architecture, source and maintainer', () => {
  const text = paragraph({
    Package: 'libattr1',
    Version: '1:2.4.47-2+b1',
    Architecture: 'amd64',
    Source: 'attr (1:2.4.47-2)',
    Maintainer: 'Someone <someone@example.org>',
    Description: 'text\n Package: not-a-field\n .',
  });
  assert.deepEqual(packagesOf(text), [
    {
      type: 'deb',
      name: 'libattr1',
      version: '1:2.4.47-2+b1',
      architecture: 'amd64',
      source: { name: 'attr', version: '1:2.4.47-2' },
      vendor: 'Someone <someone@example.org>',
    },
  ]);
});

test('a source that is not named, or has no version, is the package itself', () => {
  assert.deepEqual(packagesOf(paragraph({}))[0]?.source, { name: 'a', version: '1' });
  assert.deepEqual(packagesOf(paragraph({ Source: 'b' }))[0]?.source, { name: 'b', version: '1' });
});

test('what counts as installed follows the third word of the status', () => {
  const states = {
    'install ok installed': [],
    'hold ok installed': [],
    'deinstall ok installed': [],
    'install ok triggers-awaited': [],
    'install ok triggers-pending': [],
    'install ok half-configured': ['partly-installed'],
    'install ok unpacked': ['partly-installed'],
    'install reinstreq half-installed': ['partly-installed'],
    'install ok': ['partly-installed'],
    'deinstall ok config-files': undefined,
    'purge ok not-installed': undefined,
  };
  for (const [status, flags] of Object.entries(states)) {
    const [record] = packagesOf(paragraph({ Status: status }));
    assert.deepEqual(record && (record.flags ?? []), flags, status);
  }
});

test('a paragraph without a status is of an installed package', () => {
  assert.deepEqual(packagesOf('Package: tzdata\nVersion: 2024a-0\n', 'var/lib/dpkg/status.d/tzdata'), [
    {
      type: 'deb',
      name: 'tzdata',
      version: '2024a-0',
      source: { name: 'tzdata', version: '2024a-0' },
    },
  ]);
});

test('one broken paragraph does not hide the others', () => {
  const text = [
    paragraph({ Package: 'first', Source: 'x' }),
    'Version: 1\nStatus: install ok installed\n',
    'no field at all\n',
    `${paragraph({ Package: 'twice' })}Version: 9\n`,
    '\n\n',
    'Package: versionless\nStatus: install ok installed\n',
    paragraph({ Package: 'last' }).trimEnd(),
  ].join('\n');
  assert.deepEqual(
    packagesOf(text).map(({ name, version }) => [name, version]),
    [
      ['first', '1'],
      ['twice', '1'],
      ['versionless', ''],
      ['last', '1'],
    ],
  );
});

test('dependencies are the packages there that meet them, and else the first that is named', () => {
  const text = [
    paragraph({
      Package: 'app',
      'Pre-Depends': 'libc6 (>= 2.36)',
      Depends: 'python3:any, mail-transport-agent | exim4,\n debconf (>= 0.5) | cdebconf, gone | lost, app',
    }),
    paragraph({ Package: 'libc6' }),
    paragraph({ Package: 'python3' }),
    paragraph({ Package: 'postfix', Provides: 'default-mta, mail-transport-agent (= 1)' }),
    paragraph({ Package: 'cdebconf' }),
    paragraph({ Package: 'exim4', Status: 'deinstall ok config-files' }),
  ].join('\n');
  assert.deepEqual(packagesOf(text)[0]?.dependencies, ['libc6', 'python3', 'postfix', 'cdebconf', 'gone']);
});

test('paragraphs and lines may be longer than what is read at once', () => {
  const long = `lib${'x, y'.repeat(300_000)}`;
  const text = `${paragraph({ Package: 'first', Depends: long })}\n${paragraph({ Package: 'second' })}`;
  assert.deepEqual(
    packagesOf(text).map(({ name }) => name),
    ['first', 'second'],
  );
});

test('characters that lie across two reads stay whole', () => {
  const text = Array.from({ length: 30_000 }, (_, at) =>
    paragraph({ Package: `p${at}`, Maintainer: 'Ünïcödé ☃ <x@example.org>' }),
  ).join('\n');
  const packages = packagesOf(text);
  assert.equal(packages.length, 30_000);
  assert.ok(packages.every(({ vendor }) => vendor === 'Ünïcödé ☃ <x@example.org>'));
});

test('a package without end is left out, and the fact says so', () => {
  const endless = `${paragraph({ Package: 'kept' })}\n${paragraph({ Package: 'x'.repeat(6 * 1024 * 1024) })}\n${paragraph({ Package: 'kept, too' })}`;
  const { packages, truncated } = dpkg.parse(bufferFile(STATUS, endless));
  assert.deepEqual(
    packages?.map(({ name }) => name),
    ['kept', 'kept, too'],
  );
  assert.match(truncated ?? '', /more than 2097152 characters/);
});

test('any bytes give packages or none', () => {
  const seed = Buffer.from(
    [
      paragraph({ Package: 'app', Source: 'src (2)', Depends: 'b | c, d (>= 1)', Provides: 'e' }),
      paragraph({ Package: 'b', Status: 'install ok unpacked', Description: 'x\n y\n .\n z' }),
    ].join('\n'),
  );
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(dpkg, STATUS, bytes)));
});

test('an entry of the journal says which packages it is all that is known of, also of one that is gone', () => {
  const entry = (fields: Readonly<Record<string, string>>) =>
    dpkg.parse(bufferFile('var/lib/dpkg/updates/0003', paragraph(fields)));
  const unpacked = entry({ Status: 'install ok unpacked', Architecture: 'amd64', Version: '2' });
  assert.deepEqual(unpacked.supersedes, ['a:amd64', 'a:all']);
  assert.deepEqual(
    unpacked.packages?.map(({ version, flags }) => [version, flags]),
    [['2', ['partly-installed']]],
  );
  const gone = entry({ Status: 'purge ok not-installed', Version: '' });
  assert.deepEqual(gone, { packages: [], supersedes: ['a', 'a:all'] });
  assert.ok(!dpkg.candidates.accepts('var/lib/dpkg/updates/tmp.i'));
});
