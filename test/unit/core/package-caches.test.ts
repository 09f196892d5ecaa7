import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FactContent } from '../../../core/facts.ts';
import { decodeLayerIndex, encodeLayerIndex } from '../../../core/layer-index.ts';
import type { LayerEntry, LayerIndex } from '../../../core/layer.ts';
import { cachedFacts, isDownload } from '../../../core/package-caches.ts';
import type { PlacedFact } from '../../../core/placed-fact.ts';

const WHEEL = 'root/.cache/uv/archive-v0/yJ3kFq0b5yQ8t3nN2mVwX';
const CONDA = 'opt/conda/pkgs/requests-2.31.0-py311h06a4308_0';

const DOWNLOADS = [
  `${WHEEL}/idna-3.4.dist-info/METADATA`,
  'uv-cache/archive-v0/yJ3kFq0b5yQ8t3nN2mVwX/idna-3.4.dist-info/METADATA',
  'root/.cache/uv/builds-v0/.tmpAb3/lib/python3.11/site-packages/wheel-0.4.dist-info/METADATA',
  'root/.cache/uv/git-v0/checkouts/1a2b3c/4d5e6f/shop.egg-info/PKG-INFO',
  'root/.cache/uv/sdists-v9/pypi/shop/1.0/abc/src/shop.egg-info/PKG-INFO',
  'root/.local/share/virtualenv/wheel/3.11/image/1/CopyPipInstall/pip-23.0.1-py3-none-any/pip-23.0.1.dist-info/METADATA',
  'go/pkg/mod/github.com/acme/site@v1.2.3/web/package.json',
  'root/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/package.json',
  'usr/local/cargo/registry/src/index.crates.io-6f17d22bba15001f/ring-0.17.8/gradle/wrapper/gradle-wrapper.jar',
  'root/.cargo/git/checkouts/shop-0123456789abcdef/a1b2c3d/package.json',
  'usr/local/share/.cache/yarn/v6/npm-idna-1.0.0-abc-integrity/node_modules/idna/package.json',
  'yarn-cache/v6/npm-@s-a-1.0.0-679591c564c3bffaae8454cf0b3df370c3d6911c-integrity/node_modules/@s/a/package.json',
  'root/.npm/_cacache/tmp/git-cloneAb12/node_modules/idna/package.json',
  'root/.bun/install/cache/idna@1.0.0@@@1/package.json',
  'root/.bun/install/cache/@s/a@1.0.0@@@1/package.json',
];

const IN_USE = [
  // uv: environments of tools, those that uvx keeps, and whatever uses a cache's name.
  'root/.local/share/uv/tools/ruff/lib/python3.11/site-packages/ruff-0.4.dist-info/METADATA',
  `${WHEEL}/lib/python3.11/site-packages/idna-3.4.dist-info/METADATA`,
  `${WHEEL}/bin/ruff`,
  'srv/cache/site-packages/idna-3.4.dist-info/METADATA',
  'root/.cache/pypoetry/virtualenvs/a-py3.11/lib/python3.11/site-packages/idna-3.4.dist-info/METADATA',
  'root/.local/share/pipx/venvs/black/lib/python3.11/site-packages/black-24.dist-info/METADATA',
  'opt/conda/envs/shop/conda-meta/idna-3.4-py311_0.json',
  'opt/conda/lib/python3.11/site-packages/idna-3.4.dist-info/METADATA',
  'app/packages/pkgs/node_modules/idna/package.json',
  // What is run where it was downloaded to.
  'go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64/bin/go',
  'root/.m2/repository/com/acme/shop/1.0/shop-1.0.jar',
  'root/.gradle/caches/modules-2/files-2.1/com.acme/shop/1.0/0123abcd/shop-1.0.jar',
  'root/.nuget/packages/newtonsoft.json/13.0.3/lib/net6.0/Newtonsoft.Json.dll',
  'root/.npm/_npx/0123abcd/node_modules/cowsay/package.json',
  'root/.local/share/pnpm/store/v10/links/@/idna/1.0.0/abc/node_modules/idna/package.json',
  'app/node_modules/.pnpm/idna@1.0.0/node_modules/idna/package.json',
  // Not caches, by their structure.
  'srv/registry/src/app/package.json',
  'srv/git/checkouts/main/package.json',
  'srv/pkg/mod/shop/package.json',
];

for (const path of DOWNLOADS)
  test(`${path} was downloaded`, () => {
    assert.ok(isDownload(path));
    assert.deepEqual(cached([path]), [path]);
  });

for (const path of IN_USE)
  test(`${path} is in use`, () => {
    assert.ok(!isDownload(path));
    assert.deepEqual(cached([path]), []);
  });

test("conda's cache is one only where its downloads say what they are", () => {
  const path = `${CONDA}/lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA`;
  assert.deepEqual(cached([path]), []);
  assert.deepEqual(cached([path], { path: `${CONDA}/info/index.json`, kind: 'whiteout' }), []);
  assert.deepEqual(cached([path], { path: `${CONDA}/info/index.json`, kind: 'file' }), [path]);
  assert.ok(!isDownload(path), 'the path alone does not tell');
});

test('what is linked to from elsewhere is in use', () => {
  const path = `${WHEEL}/idna-3.4.dist-info/METADATA`;
  const other = `${WHEEL}x/six-1.16.dist-info/METADATA`;
  const site = 'app/.venv/lib/python3.11/site-packages';
  const link = (at: string, target: string) => cached([path, other], { path: at, kind: 'symlink', target });
  assert.deepEqual(link(`${site}/idna/__init__.py`, `/${WHEEL}/idna/__init__.py`), [other]);
  assert.deepEqual(link('root/idna', `.cache/uv/${WHEEL.slice('root/.cache/uv/'.length)}`), [other]);
  assert.deepEqual(link('root/.cache/uv/wheels-v5/pypi/idna/3.4-py3-none-any', `/${WHEEL}`), [path, other]);
  const seed = 'root/.local/share/virtualenv/wheel/3.11/image/1/SymlinkPipInstall/pip-23.0.1-py3-none-any';
  const metadata = `${seed}/pip-23.0.1.dist-info/METADATA`;
  const linked = { path: `${site}/pip-23.0.1.dist-info`, target: `/${seed}/pip-23.0.1.dist-info` };
  assert.deepEqual(cached([metadata], { ...linked, kind: 'symlink' }), []);
  assert.deepEqual(cached([metadata]), [metadata]);
  assert.deepEqual(link('etc/mtab', '/proc/mounts'), [path, other]);
});

test('findings, and lists of packages that have places of their own, count wherever they lie', () => {
  const path = 'go/pkg/mod/github.com/acme/site@v1.2.3/testdata/key.pem';
  const findings = [{ ruleId: 'private-key', kind: 'pem' }] as const;
  assert.equal(cachedFacts([fact(path, 'credentials', { findings })], [index([])]).size, 0);
  assert.equal(cachedFacts([fact(path, 'dpkg', {})], [index([])]).size, 0);
});

/** Which of these paths' facts do not count, in an image of these other entries. */
function cached(paths: readonly string[], ...entries: readonly LayerEntry[]): readonly string[] {
  const facts = paths.map((path) => fact(path, 'any', { packages: [] }));
  return [...cachedFacts(facts, [index([]), index(entries)])].map(({ ref }) => ref.path);
}

function fact(path: string, cataloger: string, content: FactContent): PlacedFact {
  return { ref: { layer: 0, cataloger, path }, fact: { path, status: 'found', ...content } };
}

function index(entries: readonly LayerEntry[]): LayerIndex {
  return decodeLayerIndex('sha256:0', encodeLayerIndex({ opaqueBlind: false, entries: () => entries }));
}
