import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { python } from '../../../../../agent/catalogers/python/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const site = 'usr/lib/python3/dist-packages';
const metadataPath = `${site}/x-1.dist-info/METADATA`;

function parse(content: Uint8Array | string, path = metadataPath) {
  return python.parse(bufferFile(path, content));
}

function packageOf(content: Uint8Array | string) {
  return parse(content).packages?.[0];
}

test('reads name, version, licence and dependencies from the headers alone', () => {
  const metadata = [
    'Metadata-Version: 2.1',
    'Name: Flask_Thing',
    'Version: 2.2.2',
    'License: BSD-3-Clause',
    'Classifier: Framework :: Flask',
    'Requires-Dist: Werkzeug >=2.2.2',
    'Requires-Dist: importlib-metadata (>=3.6) ; python_version < "3.10"',
    'Requires-Dist: asgiref[tests] ; extra == "async"',
    "Requires-Dist: zope.event ; 'dev' == extra",
    'Requires-Dist: werkzeug @ https://example.org/w.zip',
    'Requires-Dist: Werkzeug (!=3)',
    '',
    'Name: not-a-header',
    'Requires-Dist: nothing',
  ];
  assert.deepEqual(parse(metadata.join('\n')), {
    packages: [
      {
        type: 'pypi',
        name: 'Flask_Thing',
        version: '2.2.2',
        licenses: ['BSD-3-Clause'],
        dependencies: ['Werkzeug', 'importlib-metadata', 'werkzeug'],
      },
    ],
  });
});

const licenses: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['License: UNKNOWN', undefined],
  ['License:', undefined],
  ['License: Copyright me\n        \n        All rights reserved', ['Copyright me']],
  ['License: MIT\nClassifier: License :: OSI Approved', ['MIT']],
  ['License: Apache 2.0\nClassifier: License :: OSI Approved :: Apache Software License', ['Apache 2.0']],
  ['License: BSD\nClassifier: License :: OSI Approved :: BSD License', ['BSD License']],
  ['License: see file\nClassifier: License :: OSI Approved :: MIT License', ['MIT License']],
  [
    'Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: Other/Proprietary License',
    ['MIT License', 'Other/Proprietary License'],
  ],
  [
    'License: x\nLicense-Expression: MIT OR Apache-2.0\nClassifier: License :: OSI Approved :: BSD',
    ['MIT OR Apache-2.0'],
  ],
];

for (const [fields, expected] of licenses) {
  test(`licence of ${JSON.stringify(fields)}`, () => {
    assert.deepEqual(packageOf(`Name: x\nVersion: 1\n${fields}\n\n`)?.licenses, expected);
  });
}

test('tolerates carriage returns, malformed lines, other letter case and a missing end', () => {
  const { name, version } =
    packageOf('metadata-version: 1.0\r\nNAME: x\r\n!!! no header\r\nVersion:1.0 \r\nName: y') ?? {};
  assert.deepEqual({ name, version }, { name: 'x', version: '1.0' });
});

test('reads bytes that are no UTF-8 as Latin-1, as old tools wrote them', () => {
  const bytes = Buffer.from('Name: x\nVersion: 1\nLicense: \xa9 J\xfcrgen\n\n', 'latin1');
  assert.deepEqual(packageOf(bytes)?.licenses, ['© Jürgen']);
});

test('a blank continuation line does not end the headers', () => {
  assert.equal(packageOf('Name: x\nLicense: a\n        \n        b\nVersion: 3\n\n')?.version, '3');
});

test("the interpreter's own egg-info is CPython, not a PyPI project", () => {
  const fact = parse(
    'Metadata-Version: 1.1\nName: Python\nVersion: 2.7.18\n',
    'usr/lib/python2.7/Python-2.7.egg-info',
  );
  assert.deepEqual(fact.packages, [{ type: 'generic', name: 'python', version: '2.7.18' }]);
});

test('headers beyond the first read are found, and a cap is reported', () => {
  const long = (bytes: number) =>
    `Name: x\nVersion: 1\nLicense: a\n${'   padding\n'.repeat(bytes / 11)}Keywords: k\n\n`;
  assert.equal(parse(long(200_000)).truncated, undefined);
  assert.equal(packageOf(long(200_000))?.name, 'x');
  const beyond = parse(long(3_000_000));
  assert.match(beyond.truncated ?? '', /first MiB/);
  assert.equal(beyond.packages?.[0]?.name, 'x');
});

for (const [what, content] of Object.entries({
  'no name': 'Version: 1\n',
  'no version': 'Name: x\n\nVersion: 1',
  nothing: '',
})) {
  test(`metadata with ${what} is an error of that file`, () =>
    assert.throws(() => parse(content), /the metadata/));
}

test("RECORD claims a distribution's files, wherever they went, without compiled ones", () => {
  const record = [
    '../../../bin/x-tool,sha256=abc,120',
    'x/__init__.py,sha256=abc,3',
    'x/__pycache__/__init__.cpython-311.pyc,,',
    '"x/with,comma ""and"" quotes.py",sha256=abc,3',
    'x-1.dist-info/RECORD,,',
    '/etc/x.conf,,',
    '../../../../../../../../escape,,',
    '',
  ];
  assert.deepEqual(parse(record.join('\r\n'), `${site}/x-1.dist-info/RECORD`).claims, [
    {
      owner: 'x',
      files: [
        'usr/bin/x-tool',
        `${site}/x/__init__.py`,
        `${site}/x/with,comma "and" quotes.py`,
        `${site}/x-1.dist-info/RECORD`,
        'etc/x.conf',
        'escape',
      ],
    },
  ]);
});

test('the owner is spelt as in the metadata beside the list', () => {
  const path = `${site}/Foo_Bar-1.dist-info/RECORD`;
  const file = bufferFile(path, 'foo.py,,\n', { siblings: { METADATA: 'Name: Foo.Bar\nVersion: 1\n' } });
  assert.deepEqual(python.companions?.(path), ['METADATA']);
  assert.equal(python.parse(file).claims?.[0]?.owner, 'Foo.Bar');
  assert.equal(parse('foo.py,,\n', path).claims?.[0]?.owner, 'Foo_Bar');
});

test('installed-files.txt is relative to the egg-info itself', () => {
  const claims = parse(
    '../x.py\n../../../../bin/x\nPKG-INFO\n',
    `${site}/x-1.egg-info/installed-files.txt`,
  ).claims;
  assert.deepEqual(claims, [
    { owner: 'x', files: [`${site}/x.py`, 'usr/bin/x', `${site}/x-1.egg-info/PKG-INFO`] },
  ]);
});

test('a list at the root of the layer gives paths without a leading slash', () => {
  assert.deepEqual(parse('x.py,,', 'x-1.dist-info/RECORD').claims?.[0]?.files, ['x.py']);
});

test('a file list beyond the cap keeps whole lines and says so', () => {
  const line = `${'d'.repeat(1000)}/x.py,,\n`;
  const fact = parse(line.repeat(17_000), `${site}/x-1.dist-info/RECORD`);
  assert.match(fact.truncated ?? '', /first 4194304 bytes/);
  assert.ok(fact.claims?.[0]?.files.every((path) => path.endsWith('/x.py')));
});

test('any bytes give a result or an error, and no claim leads out of the image', () => {
  const metadata = Buffer.from(
    'Metadata-Version: 2.1\nName: x\nVersion: 1\nLicense: a\n  b\nRequires-Dist: c (>1)\n\nbody',
  );
  const record = Buffer.from('../../bin/x,sha256=a,1\n"a,b",,\n/etc/x,,\n./y//z,,\n');
  const paths = [metadataPath, `${site}/x-1.dist-info/RECORD`, `${site}/x.egg-info/installed-files.txt`];
  fc.assert(
    fc.property(fc.constantFrom(...paths), hostileBytes(metadata, record), (path, bytes) => {
      assertSurvives(python, path, bytes);
      if (path === metadataPath) return;
      const files = parse(bytes, path).claims?.[0]?.files ?? [];
      assert.ok(files.every((file) => !/^\/|(?:^|\/)\.\.?(?:\/|$)|\/$/.test(file)));
    }),
  );
});
