import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pacman } from '../../../../../agent/catalogers/pacman/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const DIRECTORY = 'var/lib/pacman/local/gcc-libs-14.1.1+r58-1';

const DESC = `%NAME%
gcc-libs

%VERSION%
14.1.1+r58-1

%BASE%
gcc

%DESC%
Runtime libraries shipped by GCC

%ARCH%
x86_64

%PACKAGER%
Someone <someone@example.org>

%SIZE%
140000000

%LICENSE%
GPL-3.0-with-GCC-exception
GFDL-1.3-or-later

%DEPENDS%
glibc>=2.27
libgcc_s.so=1-64
glibc

%PROVIDES%
libgo.so=23-64
`;

const FILES = `%FILES%
usr/
usr/lib/
usr/lib/libgcc_s.so.1
usr/lib/a name with blanks

%BACKUP%
etc/x.conf	d41d8cd98f00b204e9800998ecf8427e
`;

function parse(name: string, text: string, siblings: Readonly<Record<string, string>> = {}) {
  return pacman.parse(bufferFile(`${DIRECTORY}/${name}`, text, { siblings }));
}

test('a package has its base, architecture, licenses, packager and dependencies', () => {
  assert.deepEqual(parse('desc', DESC).packages, [
    {
      type: 'alpm',
      name: 'gcc-libs',
      version: '14.1.1+r58-1',
      source: { name: 'gcc', version: '14.1.1+r58-1' },
      architecture: 'x86_64',
      licenses: ['GPL-3.0-with-GCC-exception', 'GFDL-1.3-or-later'],
      vendor: 'Someone <someone@example.org>',
      dependencies: ['glibc'],
    },
  ]);
});

test('a package without a base was built by itself, one without a name is none', () => {
  assert.deepEqual(parse('desc', '%NAME%\na\n\n%VERSION%\n1-1\n').packages, [
    { type: 'alpm', name: 'a', version: '1-1', source: { name: 'a', version: '1-1' } },
  ]);
  assert.deepEqual(parse('desc', '%VERSION%\n1-1\n'), {});
  assert.deepEqual(parse('desc', '%NAME%\n\n%VERSION%\n1-1\n'), {});
});

test('files are claimed, directories are not', () => {
  const files = ['usr/lib/libgcc_s.so.1', 'usr/lib/a name with blanks'];
  assert.deepEqual(parse('files', FILES, { desc: DESC }), { claims: [{ owner: 'gcc-libs', files }] });
  assert.deepEqual(parse('files', FILES), { claims: [{ owner: 'gcc-libs', files }] });
});

test('the database is a candidate wherever a link may lead', () => {
  assert.deepEqual(
    [`${DIRECTORY}/desc`, `${DIRECTORY}/files`, `${DIRECTORY}/mtree`, `opt/${DIRECTORY}/desc`].map((path) =>
      pacman.candidates.accepts(path),
    ),
    [true, true, false, true],
  );
});

test('any bytes give a package or none', () => {
  fc.assert(
    fc.property(hostileBytes(Buffer.from(DESC), Buffer.from(FILES)), (bytes) => {
      assertSurvives(pacman, `${DIRECTORY}/desc`, bytes);
      assertSurvives(pacman, `${DIRECTORY}/files`, bytes, { siblings: { desc: bytes } });
    }),
  );
});
