import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conda } from '../../../../../agent/catalogers/conda/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'opt/conda/envs/app/conda-meta/numpy-1.26.4-py312h8753938_0.json';

const NUMPY = {
  name: 'numpy',
  version: '1.26.4',
  build: 'py312h8753938_0',
  build_number: 0,
  channel: 'https://conda.example.org/pkgs/main/linux-64',
  subdir: 'linux-64',
  fn: 'numpy-1.26.4-py312h8753938_0.conda',
  license: 'BSD-3-Clause',
  depends: ['python >=3.12,<3.13.0a0', 'blas=*=openblas', 'main::libgcc-ng>=11', '__glibc >=2.17', 'python'],
  files: ['lib/python3.12/site-packages/numpy/__init__.py', 'lib/x/__pycache__/a.pyc', 'bin/f2py'],
};

function parse(record: unknown, path = PLACE) {
  return conda.parse(bufferFile(path, typeof record === 'string' ? record : JSON.stringify(record)));
}

test('a package has its build, channel, platform, license, dependencies and files', () => {
  assert.deepEqual(parse(NUMPY), {
    packages: [
      {
        type: 'conda',
        name: 'numpy',
        version: '1.26.4',
        licenses: ['BSD-3-Clause'],
        dependencies: ['python', 'blas', 'libgcc-ng'],
        qualifiers: { build: 'py312h8753938_0', channel: 'main', subdir: 'linux-64', type: 'conda' },
      },
    ],
    claims: [
      {
        owner: 'numpy',
        files: [
          'opt/conda/envs/app/lib/python3.12/site-packages/numpy/__init__.py',
          'opt/conda/envs/app/bin/f2py',
        ],
      },
    ],
  });
});

test('a channel is known by its name, however it is stated', () => {
  const channels = {
    'https://conda.example.org/conda-forge/noarch': 'conda-forge',
    'https://conda.example.org/conda-forge/': 'conda-forge',
    'conda-forge/linux-64': 'conda-forge',
    defaults: 'defaults',
  };
  for (const [channel, expected] of Object.entries(channels))
    assert.equal(parse({ ...NUMPY, channel }).packages?.[0]?.qualifiers?.['channel'], expected, channel);
});

test('an environment may be the root, and a record have little in it', () => {
  const { packages, claims } = parse({ name: 'a', version: '1', files: ['bin/a', 7] }, 'conda-meta/a.json');
  assert.deepEqual(packages, [{ type: 'conda', name: 'a', version: '1' }]);
  assert.deepEqual(claims, [{ owner: 'a', files: ['bin/a'] }]);
});

test('what is no record names no package', () => {
  for (const record of [{}, [], 'null', '', { name: 'a' }, { version: '1' }, { name: 1, version: 2 }])
    assert.deepEqual(parse(record), {});
  assert.throws(() => parse('{'), SyntaxError);
});

test('only records of an environment are candidates', () => {
  assert.deepEqual(
    [PLACE, 'conda-meta/a.json', 'opt/conda/conda-meta/history', 'opt/conda/pkgs/a/info/index.json'].map(
      (path) => conda.candidates.accepts(path),
    ),
    [true, true, false, false],
  );
});

test('any bytes give a package, none or an error', () => {
  const seed = Buffer.from(JSON.stringify(NUMPY));
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(conda, PLACE, bytes)));
});
