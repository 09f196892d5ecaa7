import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pear } from '../../../../../agent/catalogers/pear/index.ts';
import { PhpFormatError, readSerialized } from '../../../../../agent/catalogers/pear/php-serialized.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'usr/local/lib/php/.registry/.channel.pecl.php.net/redis.reg';

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** What PHP's serialize() writes of a value. */
function serialize(value: Value): string {
  if (value === null) return 'N;';
  if (typeof value === 'string') return `s:${Buffer.byteLength(value)}:"${value}";`;
  if (typeof value === 'number') return Number.isInteger(value) ? `i:${value};` : `d:${value};`;
  if (typeof value === 'boolean') return `b:${value ? 1 : 0};`;
  const entries = Object.entries(value);
  const members = entries.map(
    ([key, one]) => `${serialize(Array.isArray(value) ? Number(key) : key)}${serialize(one)}`,
  );
  return `a:${entries.length}:{${members.join('')}}`;
}

const REDIS = {
  attribs: { version: '2.0' },
  name: 'redis',
  channel: 'pecl.php.net',
  description: 'Ein "Schlüssel"; {x}',
  version: { release: '6.0.2', api: '6.0.0' },
  license: { attribs: { uri: 'http://www.php.net/license' }, _content: 'PHP' },
  dependencies: {
    required: { php: { min: '7.2.0' }, package: { name: 'igbinary', channel: 'pecl.php.net', min: '1.0' } },
  },
  filelist: {
    'redis.so': { role: 'ext', installed_as: '/usr/local/lib/php/extensions/redis.so' },
    'redis.c': { role: 'src' },
    LICENSE: { role: 'doc', installed_as: '/usr/local/lib/php/doc/redis/LICENSE' },
  },
  _lastmodified: 1_700_000_000,
};

function parse(value: Value) {
  return pear.parse(bufferFile(PLACE, serialize(value)));
}

test('a package has its channel, version, license, dependencies and files', () => {
  assert.deepEqual(parse(REDIS), {
    packages: [
      {
        type: 'pear',
        namespace: 'pecl.php.net',
        name: 'redis',
        version: '6.0.2',
        licenses: ['PHP'],
        dependencies: ['pecl.php.net/igbinary'],
      },
    ],
    claims: [
      {
        owner: 'redis',
        files: ['usr/local/lib/php/extensions/redis.so', 'usr/local/lib/php/doc/redis/LICENSE'],
      },
    ],
  });
});

test('several dependencies are a list, and need no channel', () => {
  const required = { package: [{ name: 'A', channel: 'x.org' }, { name: 'B' }] };
  assert.deepEqual(parse({ ...REDIS, dependencies: { required } }).packages?.[0]?.dependencies, [
    'x.org/A',
    'pear.php.net/B',
  ]);
});

test('an entry of the first version of package.xml belongs to the channel that there was', () => {
  assert.deepEqual(parse({ package: 'Log', version: '1.9.0', release_license: 'MIT', filelist: [] }), {
    packages: [{ type: 'pear', namespace: 'pear.php.net', name: 'Log', version: '1.9.0', licenses: ['MIT'] }],
    claims: [],
  });
});

test('an entry without a name or a version is no package', () => {
  assert.deepEqual([parse({ name: 'x' }), parse([]), parse('x'), parse(null)], [{}, {}, {}, {}]);
});

test('only entries of a registry are candidates', () => {
  assert.deepEqual(
    [PLACE, 'usr/share/php/.registry/pear.reg', 'opt/pear.reg', 'a/.registry/deep/er/x.reg'].map((path) =>
      pear.candidates.accepts(path),
    ),
    [true, true, false, false],
  );
});

test('every value that PHP serializes is read', () => {
  const text = serialize(['é', 1, -2, 1.5, true, false, null, { 'a"b': [] }]);
  assert.deepEqual(
    readSerialized(Buffer.from(text)),
    new Map<string, unknown>(
      Object.entries({
        0: 'é',
        1: 1,
        2: -2,
        3: 1.5,
        4: true,
        5: false,
        6: null,
        7: new Map([['a"b', new Map()]]),
      }),
    ),
  );
});

test('more values than any entry has are not read: each costs far more memory than it has bytes', () => {
  const pairs = Array.from({ length: 120_000 }, (_, at) => `i:${at};N;`).join('');
  assert.throws(() => readSerialized(Buffer.from(`a:120000:{${pairs}}`)), /more than 200000 values/);
});

test('objects, lengths that lie and endless depth are errors', () => {
  for (const text of [
    'O:8:"stdClass":0:{}',
    's:9:"x";',
    's:-1:"";',
    'a:9999999999:{i:0;N;}',
    'i:1',
    '',
    'a:1:{i:0;'.repeat(100_000),
    'a:1:{'.repeat(100_000),
  ]) {
    assert.throws(() => readSerialized(Buffer.from(text)), PhpFormatError, text.slice(0, 40));
  }
});

test('any bytes give packages, none or an error', () => {
  const seed = Buffer.from(serialize(REDIS));
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(pear, PLACE, bytes)));
});
