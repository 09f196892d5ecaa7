import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose } from '../../../core/compose.ts';
import type { Fact } from '../../../core/facts.ts';
import type { LayerEntry, LayerIndex } from '../../../core/layer.ts';
import { packagesOf } from '../../../core/merge.ts';
import { ancestors } from '../../../core/paths.ts';

interface Layer {
  /** Names of Debian packages in the layer's dpkg database. */
  readonly packages?: readonly string[];
  /** Copyright files: name of the folder of documentation -> licenses. */
  readonly documented?: Readonly<Record<string, readonly string[]>>;
  /** Path -> where a link points; empty for a whiteout. */
  readonly links?: Readonly<Record<string, string>>;
}

/** What each package of an image of these layers declares, and the expression for it. */
function licensesOf(...layers: readonly Layer[]): Record<string, string> {
  const merged = layers.map(({ packages, documented = {}, links = {} }, at) => {
    const diffId = `sha256:${at}`;
    const docs = Object.entries(documented).map(([name, licenses]): Fact => {
      return { path: `usr/share/doc/${name}/copyright`, status: 'found', licenses };
    });
    const status: Fact = {
      path: 'var/lib/dpkg/status',
      status: 'found',
      packages: packages?.map((name) => ({ type: 'deb', name, version: '1' })) ?? [],
    };
    const databases = packages === undefined ? [] : [status];
    return {
      index: indexOf(diffId, [...docs, ...databases], links),
      facts: [
        { diffId, cataloger: 'dpkg', version: 1, facts: databases },
        { diffId, cataloger: 'dpkg-copyright', version: 1, facts: docs },
      ],
    };
  });
  const composition = compose(merged);
  const found = packagesOf(
    composition,
    (layer, id) => merged[layer]?.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
  return Object.fromEntries(
    found.map(({ name, licenses = [], licenseExpression = 'none' }) => [
      name,
      `${licenses.join('; ')} = ${licenseExpression}`,
    ]),
  );
}

function indexOf(
  diffId: string,
  facts: readonly Fact[],
  links: Readonly<Record<string, string>>,
): LayerIndex {
  const entries = new Map<string, LayerEntry>();
  const add = (entry: LayerEntry): void => {
    for (const path of ancestors(entry.path))
      if (!entries.has(path)) entries.set(path, { path, kind: 'directory' });
    entries.set(entry.path, entry);
  };
  for (const { path } of facts) add({ path, kind: 'file' });
  for (const [path, target] of Object.entries(links))
    add(target === '' ? { path, kind: 'whiteout' } : { path, kind: 'symlink', target });
  return {
    diffId,
    entryCount: entries.size,
    opaqueBlind: false,
    entries: () => entries.values(),
    find: ({ paths }) => [...entries.values()].filter(({ path }) => paths.has(path)),
  };
}

test('a package has the licenses of its copyright file, and an expression for all of them', () => {
  assert.deepEqual(licensesOf({ packages: ['bash'], documented: { bash: ['GPL-3+', 'Expat'] } }), {
    bash: 'GPL-3+; Expat = GPL-3.0-or-later AND MIT',
  });
});

test('the folder may be a link to that of another package, in another layer', () => {
  assert.deepEqual(
    licensesOf(
      { documented: { 'gcc-12-base': ['GPL-3+'] } },
      { packages: ['libgcc-s1', 'gcc-12-base'], links: { 'usr/share/doc/libgcc-s1': 'gcc-12-base' } },
    ),
    { 'gcc-12-base': 'GPL-3+ = GPL-3.0-or-later', 'libgcc-s1': 'GPL-3+ = GPL-3.0-or-later' },
  );
});

test('or the file is, by way of further links', () => {
  const links = {
    'usr/share/doc/a/copyright': '/usr/share/doc/b/copyright',
    'usr/share/doc/b': '../doc/c',
    'usr/share/doc/d': 'd',
  };
  assert.deepEqual(licensesOf({ packages: ['a', 'd'], documented: { c: ['ISC'] }, links }), {
    a: 'ISC = ISC',
    d: ' = none',
  });
});

test('a file that a later layer deleted or replaced counts no more', () => {
  const base = { packages: ['bash', 'dash'], documented: { bash: ['GPL-3+'], dash: ['Expat'] } };
  assert.deepEqual(
    licensesOf(base, { links: { 'usr/share/doc/bash/copyright': '' }, documented: { dash: ['ISC'] } }),
    { bash: ' = none', dash: 'ISC = ISC' },
  );
});

test('a name that leads out of the folder leads nowhere', () => {
  assert.deepEqual(licensesOf({ packages: ['../doc/x'], documented: { x: ['ISC'] } }), {
    '../doc/x': ' = none',
  });
});

test('many packages that share one long list are told of in bounds', () => {
  const names = Array.from({ length: 2000 }, (_, at) => `p${at}`);
  const links = Object.fromEntries(names.map((name) => [`usr/share/doc/${name}`, 'base']));
  const licenses = Array.from({ length: 100 }, (_, at) => `GPL-2+ with ${'x'.repeat(100)} ${at}`);
  const found = licensesOf({ packages: [...names, 'base'], documented: { base: licenses }, links });
  const characters = Object.values(found).reduce((sum, text) => sum + text.length, 0);
  assert.equal(Object.keys(found).length, 2001);
  assert.ok(characters > 1_000_000 && characters < 10_000_000);
});

test("a program in a package's own folder yields no second package; a package of another ecosystem there does", () => {
  const diffId = 'sha256:0';
  const keg = 'opt/homebrew/Cellar/python/3.12';
  const facts = [
    {
      diffId,
      cataloger: 'homebrew',
      version: 1,
      facts: [
        {
          path: `${keg}/INSTALL_RECEIPT.json`,
          status: 'found',
          packages: [{ type: 'brew', name: 'python', version: '3.12' }],
          claims: [{ owner: 'python', files: [], folders: [keg] }],
        },
        { path: `${keg}/.brew/python.rb`, status: 'found', licenses: ['Python-2.0'] },
      ] satisfies Fact[],
    },
    {
      diffId,
      cataloger: 'binary',
      version: 1,
      facts: [`${keg}/bin/python3`, `${keg}-other/bin/python3`].map((path): Fact => {
        return {
          path,
          status: 'found',
          packages: [{ type: 'generic', name: 'python', version: path.length.toString() }],
        };
      }),
    },
    {
      diffId,
      cataloger: 'python',
      version: 1,
      facts: [
        {
          path: `${keg}/lib/pip-24.dist-info/METADATA`,
          status: 'found',
          packages: [{ type: 'pypi', name: 'pip', version: '24' }],
        },
      ] satisfies Fact[],
    },
  ];
  const index = indexOf(
    diffId,
    facts.flatMap((one) => one.facts),
    {},
  );
  const composition = compose([{ index, facts }]);
  const found = packagesOf(
    composition,
    (_, id) => facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
  assert.deepEqual(
    found.map(({ type, locations, licenseExpression }) => [type, locations[0]?.path, licenseExpression]),
    [
      ['brew', `${keg}/INSTALL_RECEIPT.json`, 'Python-2.0'],
      ['generic', `${keg}-other/bin/python3`, undefined],
      ['pypi', `${keg}/lib/pip-24.dist-info/METADATA`, undefined],
    ],
  );
});
