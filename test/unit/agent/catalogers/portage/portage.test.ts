import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dependencyAtoms, splitNameVersion } from '../../../../../agent/catalogers/portage/atoms.ts';
import { portage } from '../../../../../agent/catalogers/portage/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'var/db/pkg/x11-libs/gtk+-2.24.33-r2/CONTENTS';

const CONTENTS = `dir /usr
dir /usr/lib64
obj /usr/lib64/libgtk.so.0.2400.33 8c5cd2b5ae0cbb2bd0ab3b3b5f4b0a3e 1690000000
sym /usr/lib64/libgtk.so.0 -> libgtk.so.0.2400.33 1690000000
obj /usr/share/a name -> with blanks 8c5cd2b5ae0cbb2bd0ab3b3b5f4b0a3e 1690000000
fif /run/pipe
dev /dev/null
`;

function parse(path: string, text: string, siblings: Readonly<Record<string, string>> = {}) {
  return portage.parse(bufferFile(path, text, { siblings }));
}

test('a package has its category, name and version by its path, and license and dependencies beside it', () => {
  const siblings = { LICENSE: 'LGPL-2+ \n', RDEPEND: '>=dev-libs/glib-2.30:2 dev-libs/expat' };
  const files = ['usr/lib64/libgtk.so.0.2400.33', 'usr/lib64/libgtk.so.0', 'usr/share/a name -> with blanks'];
  assert.deepEqual(parse(PLACE, CONTENTS, siblings), {
    packages: [
      {
        type: 'ebuild',
        namespace: 'x11-libs',
        name: 'gtk+',
        version: '2.24.33-r2',
        licenses: ['LGPL-2+'],
        dependencies: ['dev-libs/glib', 'dev-libs/expat'],
      },
    ],
    claims: [{ owner: 'gtk+', files }],
  });
});

test('a package without files is a package', () => {
  assert.deepEqual(parse('var/db/pkg/virtual/libc-1-r1/CONTENTS', ''), {
    packages: [{ type: 'ebuild', namespace: 'virtual', name: 'libc', version: '1-r1' }],
    claims: [],
  });
});

test('names and versions are told apart as the specification has it', () => {
  const cases: readonly (readonly [string, string | undefined, string?])[] = [
    ['gtk+-2.24.33-r2', 'gtk+', '2.24.33-r2'],
    ['xz-utils-5.4.2', 'xz-utils', '5.4.2'],
    ['openssl-1.1.1w', 'openssl', '1.1.1w'],
    ['gcc-13.2.1_p20230826', 'gcc', '13.2.1_p20230826'],
    ['font-100dpi-1.0', 'font-100dpi', '1.0'],
    ['a-1_alpha2_beta-r3', 'a', '1_alpha2_beta-r3'],
    ['systemd-9999', 'systemd', '9999'],
    ['no-version', undefined],
    ['7zip', undefined],
  ];
  for (const [text, name, version] of cases) {
    const expected = name === undefined ? undefined : { name, version };
    assert.deepEqual(splitNameVersion(text), expected, text);
  }
});

test('dependencies are what is asked for: no blockers, and the first of alternatives', () => {
  const field = `
    >=dev-libs/glib-2.30.0:2[abi_x86_64(-)]  !<x11-libs/old-2  !!a/b
    || ( virtual/jpeg:0 media-libs/libjpeg-turbo ) sys-libs/zlib:=
    ( app-arch/xz-utils ) || ( ( a/first ) a/second ) ~dev-lang/python-3.11.4 =dev-lang/perl-5.38*
    dev-libs/glib`;
  assert.deepEqual(dependencyAtoms(field), [
    'dev-libs/glib',
    'virtual/jpeg',
    'sys-libs/zlib',
    'app-arch/xz-utils',
    'a/first',
    'dev-lang/python',
    'dev-lang/perl',
  ]);
});

test('packages that were merged are candidates, wherever the database may lie', () => {
  const others = [
    'var/db/pkg/x11-libs/-MERGING-gtk+-2.24/CONTENTS',
    'var/db/pkg/x11-libs/gtk/CONTENTS',
    'a/b-1/CONTENTS',
    'var/db/pkg/a/b-1/LICENSE',
  ];
  for (const path of [PLACE, 'srv/db/a/b-1/CONTENTS']) assert.ok(portage.candidates.accepts(path));
  assert.deepEqual(
    others.filter((path) => portage.candidates.accepts(path)),
    [],
  );
});

test('lines made to confuse a pattern are passed over at once', () => {
  const lines = [
    `obj ${'a '.repeat(500_000)}`,
    `sym ${' -> a'.repeat(300_000)}`,
    `obj ${' 1'.repeat(500_000)}x`,
  ];
  const { claims = [] } = parse(PLACE, lines.join('\n'));
  assert.deepEqual(claims, []);
});

test('any bytes give the package that the path names', () => {
  fc.assert(
    fc.property(hostileBytes(Buffer.from(CONTENTS)), (bytes) => {
      assertSurvives(portage, PLACE, bytes, { siblings: { LICENSE: bytes, RDEPEND: bytes } });
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => dependencyAtoms(text).length <= text.length));
});
