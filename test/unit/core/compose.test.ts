import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose, type MergeLayer } from '../../../core/compose.ts';
import type { Fact, FileClaim, PackageRecord } from '../../../core/facts.ts';
import type { EntryKind, LayerEntry } from '../../../core/layer.ts';
import { packagesOf } from '../../../core/merge.ts';
import { ancestors } from '../../../core/paths.ts';

type Layer = Readonly<Record<string, EntryKind | readonly string[] | { readonly link: string }>>;

/**
 * Layers written as path -> what is there: a kind, a link, or the packages (`name@version`) its fact lists;
 * an empty list is a candidate that held nothing. Parents are added as plain directories.
 */
function mergeLayers(
  layers: readonly Layer[],
  options: { readonly claims?: Record<string, string[]> } = {},
): MergeLayer[] {
  return layers.map((layer, at) => {
    const entries = new Map<string, LayerEntry>();
    const facts = new Map<string, Fact[]>();
    for (const [path, what] of Object.entries(layer)) {
      for (const parent of ancestors(path)) {
        if (!entries.has(parent)) entries.set(parent, { path: parent, kind: 'directory' });
      }
      if (typeof what === 'string') entries.set(path, { path, kind: what });
      else if ('link' in what) entries.set(path, { path, kind: 'symlink', target: what.link });
      else {
        entries.set(path, { path, kind: 'file' });
        const cataloger = catalogerOf(path);
        const packages = what.map((text) => record(cataloger, text));
        const claims = cataloger === 'npm' ? [] : claimsOf(options.claims ?? {}, path, what);
        const fact: Fact = { path, status: packages.length > 0 ? 'found' : 'nothing', packages, claims };
        facts.set(cataloger, [...(facts.get(cataloger) ?? []), fact]);
      }
    }
    return {
      index: {
        diffId: `sha256:${at}`,
        entryCount: entries.size,
        opaqueBlind: false,
        entries: () => entries.values(),
        find: ({ paths }) => entries.values().filter(({ path }) => paths.has(path)),
      },
      facts: [...facts].map(([cataloger, list]) => ({
        diffId: `sha256:${at}`,
        cataloger,
        version: 1,
        facts: list,
      })),
    };
  });
}

/** A database claims what its packages do, `info/NAME.list` what NAME does. */
function claimsOf(
  claims: Readonly<Record<string, readonly string[]>>,
  path: string,
  packages: readonly string[],
): FileClaim[] {
  return Object.entries(claims)
    .filter(
      ([owner]) => packages.some((text) => text.startsWith(`${owner}@`)) || path.endsWith(`/${owner}.list`),
    )
    .map(([owner, files]) => ({ owner, files }));
}

function catalogerOf(path: string): string {
  if (path.endsWith('package.json')) return 'npm';
  return path.includes('rpm') ? 'rpm' : path.includes('apk') ? 'apk' : 'dpkg';
}

function record(cataloger: string, text: string): PackageRecord {
  const [name = '', version = ''] = text.split('@');
  const type =
    cataloger === 'npm' ? 'npm' : cataloger === 'rpm' ? 'rpm' : cataloger === 'apk' ? 'apk' : 'deb';
  return { type, name, version };
}

/** `name@version` of each package, with `<layer that introduced it` and `!flag`. */
function merged(
  layers: readonly Layer[],
  options: { readonly claims?: Record<string, string[]> } = {},
): string[] {
  const input = mergeLayers(layers, options);
  const composition = compose(input);
  return packagesOf(
    composition,
    (layer, cataloger) => input[layer]?.facts.find((one) => one.cataloger === cataloger)?.facts ?? [],
  )
    .map(
      (one) =>
        `${one.name}@${one.version}<${one.locations.map((location) => location.introducedBy).join(',')}${(one.flags ?? []).map((flag) => `!${flag}`).join('')}`,
    )
    .sort();
}

const STATUS = 'var/lib/dpkg/status';
const HIDING: readonly [string, readonly Layer[], readonly string[]][] = [
  [
    'a database in a later layer replaces the earlier one',
    [{ [STATUS]: ['a@1', 'b@1'] }, { [STATUS]: ['a@1', 'c@1'] }],
    ['a@1<0', 'c@1<1'],
  ],
  [
    'a package removed and installed again counts from the later layer',
    [{ [STATUS]: ['a@1'] }, { [STATUS]: ['b@1'] }, { [STATUS]: ['a@1', 'b@1'] }],
    ['a@1<2', 'b@1<1'],
  ],
  [
    'an upgraded package counts from the layer of the upgrade',
    [{ [STATUS]: ['a@1'] }, { [STATUS]: ['a@2'] }, { [STATUS]: ['a@2', 'b@1'] }],
    ['a@2<1', 'b@1<2'],
  ],
  [
    'status.d is a union with whiteouts of its own',
    [
      { 'var/lib/dpkg/status.d/a': ['a@1'], 'var/lib/dpkg/status.d/b': ['b@1'] },
      { 'var/lib/dpkg/status.d/a': 'whiteout', 'var/lib/dpkg/status.d/c': ['c@1'] },
    ],
    ['b@1<0', 'c@1<1'],
  ],
  [
    'a candidate replaced by a file that holds nothing is gone',
    [{ 'app/node_modules/x/package.json': ['x@1'] }, { 'app/node_modules/x/package.json': [] }],
    [],
  ],
  [
    'a whiteout of the file hides it',
    [{ 'app/node_modules/x/package.json': ['x@1'] }, { 'app/node_modules/x/package.json': 'whiteout' }],
    [],
  ],
  [
    'a whiteout of an ancestor hides it',
    [{ 'app/node_modules/x/package.json': ['x@1'] }, { app: 'whiteout' }],
    [],
  ],
  [
    'a directory replaced by a file hides what was in it',
    [{ 'app/node_modules/x/package.json': ['x@1'] }, { app: 'file' }],
    [],
  ],
  [
    'a directory replaced by a link hides what was in it',
    [{ 'app/node_modules/x/package.json': ['x@1'] }, { 'app/node_modules': { link: '/srv' } }],
    [],
  ],
  [
    'an opaque directory hides the layers below, not its own entries',
    [
      { 'app/node_modules/x/package.json': ['x@1'] },
      { 'app/node_modules': 'opaque', 'app/node_modules/y/package.json': ['y@1'] },
    ],
    ['y@1<1'],
  ],
  [
    'an opaque directory does not hide the layers above',
    [
      { 'a/node_modules/x/package.json': ['x@1'] },
      { a: 'opaque' },
      { 'a/node_modules/x/package.json': ['x@1'] },
    ],
    ['x@1<2'],
  ],
  [
    'a name that is only a prefix hides nothing',
    [{ 'a/bc/node_modules/x/package.json': ['x@1'] }, { 'a/b': 'whiteout' }],
    ['x@1<0'],
  ],
  [
    'a directory again in a later layer hides nothing',
    [{ 'app/node_modules/x/package.json': ['x@1'] }, { 'app/node_modules/y/package.json': ['y@1'] }],
    ['x@1<0', 'y@1<1'],
  ],
  [
    'a deleted database is reported with its last list',
    [{ [STATUS]: ['a@1'] }, { [STATUS]: ['a@1', 'b@1'] }, { 'var/lib/dpkg': 'whiteout' }],
    ['a@1<0!database-deleted', 'b@1<1!database-deleted'],
  ],
  [
    'a rebuilt rpm database leaves a stale one that does not count',
    [{ 'var/lib/rpm/Packages': ['a@1', 'b@1'] }, { 'var/lib/rpm/rpmdb.sqlite': ['a@1'] }],
    ['a@1<0'],
  ],
  [
    'a database moved to another format is not deleted',
    [
      { 'var/lib/rpm/Packages': ['a@1'] },
      { 'var/lib/rpm/Packages': 'whiteout', 'var/lib/rpm/rpmdb.sqlite': ['a@1'] },
    ],
    ['a@1<0'],
  ],
  ['the same layer twice gives a package once', [{ [STATUS]: ['a@1'] }, { [STATUS]: ['a@1'] }], ['a@1<0']],
  [
    'a directory over a link of a lower layer hides the link, not what it led to',
    [
      { lib: { link: 'usr/lib' }, 'usr/lib/apk/db/installed': ['a@1'] },
      { 'lib/apk/db/installed': ['a@1', 'b@1'] },
    ],
    ['a@1<0,0', 'b@1<1'],
  ],
  [
    'a package put back within the layer that removed its directory was never gone',
    [
      { 'app/node_modules/x/package.json': ['x@1'], 'app/node_modules/y/package.json': ['y@1'] },
      {
        app: 'opaque',
        'app/node_modules/x/package.json': ['x@1'],
        'app/node_modules/y/package.json': ['y@2'],
      },
    ],
    ['x@1<0', 'y@2<1'],
  ],
  [
    'a package whose directory a layer between removed counts from the later layer',
    [
      { 'a/node_modules/x/package.json': ['x@1'] },
      { a: 'file' },
      { 'a/node_modules/x/package.json': ['x@1'] },
    ],
    ['x@1<2'],
  ],
  [
    'a database that was emptied counts as deleted',
    [{ [STATUS]: ['a@1'] }, { [STATUS]: [] }],
    ['a@1<0!database-deleted'],
  ],
  [
    'a database that was deleted and made anew is not deleted',
    [{ [STATUS]: ['a@1', 'b@1'] }, { 'var/lib/dpkg': 'whiteout' }, { [STATUS]: ['a@1'] }],
    ['a@1<2'],
  ],
  [
    'a database that was moved keeps where its packages came in',
    [
      { 'lib/apk/db/installed': ['a@1'] },
      { lib: { link: 'usr/lib' }, 'usr/lib/apk/db/installed': ['a@1', 'b@1'] },
    ],
    ['a@1<0', 'b@1<1'],
  ],
  [
    'a database of a file for each package that was deleted is reported',
    [
      { 'var/lib/dpkg/status.d/a': ['a@1'], 'var/lib/dpkg/status.d/b': ['b@1'] },
      { 'var/lib/dpkg/status.d/a': 'whiteout' },
      { 'var/lib/dpkg': 'opaque' },
    ],
    ['b@1<0!database-deleted'],
  ],
  [
    'of rpm databases deleted at once, the stale one does not come back',
    [
      { 'var/lib/rpm/Packages': ['a@1', 'old@1'] },
      { 'var/lib/rpm/rpmdb.sqlite': ['a@1'] },
      { 'var/lib/rpm': 'whiteout' },
    ],
    ['a@1<0!database-deleted'],
  ],
  [
    'of a database that was moved and then deleted, its last place counts',
    [
      { 'lib/apk/db/installed': ['a@1', 'old@1'] },
      { lib: { link: 'usr/lib' }, 'usr/lib/apk/db/installed': ['a@2'] },
      { 'usr/lib/apk': 'whiteout' },
    ],
    ['a@2<1!database-deleted'],
  ],
];

for (const [name, layers, expected] of HIDING) {
  test(name, () => {
    assert.deepEqual(merged(layers), expected);
  });
}

/** Layers with `x` in `usr/lib/node_modules`, and a list that calls it by another name. */
const OWNED: readonly [string, Layer, string][] = [
  ['the same', {}, 'usr/lib/node_modules/x/package.json'],
  ['merged /usr', { lib: { link: 'usr/lib' } }, 'lib/node_modules/x/package.json'],
  ['an absolute link', { lib: { link: '/usr/lib' } }, 'lib/node_modules/x/package.json'],
  ['a link deeper down', { 'usr/lib64': { link: 'lib' } }, 'usr/lib64/node_modules/x/package.json'],
  [
    'links that lead to links',
    { lib64: { link: 'usr/lib64' }, 'usr/lib64': { link: '../opt/lib' }, 'opt/lib': { link: '../usr/lib' } },
    'lib64/node_modules/x/package.json',
  ],
  [
    'a link whose `..` starts where another link leads',
    { to: { link: 'usr/lib/node_modules' }, here: { link: 'to/../node_modules' } },
    'here/x/package.json',
  ],
  [
    'more `..` than there are folders',
    { up: { link: '../../../usr' } },
    'up/lib/node_modules/x/package.json',
  ],
  ['a link to the root', { all: { link: '/' } }, 'all/usr/lib/node_modules/x/package.json'],
];

for (const [name, links, claim] of OWNED) {
  test(`a file that an OS package owns yields no second package: ${name}`, () => {
    const layers: Layer[] = [
      { ...links, [STATUS]: ['nodejs-x@1'] },
      { 'usr/lib/node_modules/x/package.json': ['x@1'], 'usr/lib/node_modules/y/package.json': ['y@1'] },
    ];
    assert.deepEqual(merged(layers, { claims: { 'nodejs-x': [claim] } }), ['nodejs-x@1<0', 'y@1<1']);
  });
}

test('links that go round, or that a layer above replaced, own nothing', () => {
  const layers: Layer[] = [
    { a: { link: 'b' }, b: { link: 'a' }, lib: { link: 'usr/lib' }, [STATUS]: ['nodejs-x@1'] },
    { 'usr/lib/node_modules/x/package.json': ['x@1'], lib: 'directory' },
  ];
  const claims = { 'nodejs-x': ['a/node_modules/x/package.json', 'lib/node_modules/x/package.json'] };
  assert.deepEqual(merged(layers, { claims }), ['nodejs-x@1<0', 'x@1<1']);
});

test('what a package that is not installed left behind owns nothing', () => {
  const claim = { x: ['app/node_modules/x/package.json'] };
  const evidence: Layer = { 'app/node_modules/x/package.json': ['x@1'], 'var/lib/dpkg/info/x.list': [] };
  assert.deepEqual(merged([{ ...evidence, [STATUS]: ['x@2'] }], { claims: claim }), ['x@2<0']);
  assert.deepEqual(merged([{ ...evidence, [STATUS]: ['y@2'] }], { claims: claim }), ['x@1<0', 'y@2<0']);
  const removed: Layer[] = [{ ...evidence, [STATUS]: ['x@2'] }, { [STATUS]: 'whiteout' }];
  assert.deepEqual(merged(removed, { claims: claim }), ['x@1<0', 'x@2<0!database-deleted']);
});

test('one package found in two places is listed once with both', () => {
  const layers: Layer[] = [
    { 'a/node_modules/x/package.json': ['x@1'] },
    { 'b/node_modules/x/package.json': ['x@1'] },
  ];
  assert.deepEqual(merged(layers), ['x@1<0,1']);
});
