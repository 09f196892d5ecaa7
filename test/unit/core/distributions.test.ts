import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose, type MergeLayer } from '../../../core/compose.ts';
import type { Fact, PackageRecord } from '../../../core/facts.ts';
import type { LayerEntry } from '../../../core/layer.ts';
import { packagesOf } from '../../../core/merge.ts';
import { ancestors } from '../../../core/paths.ts';

/** A layer of whiteouts and of files with what catalogers said of them. */
function layer(
  at: number,
  facts: Readonly<Record<string, readonly Fact[]>>,
  whiteouts: readonly string[] = [],
): MergeLayer {
  const entries = new Map<string, LayerEntry>();
  const add = (path: string, kind: LayerEntry['kind']): void => {
    for (const parent of ancestors(path)) {
      if (!entries.has(parent)) entries.set(parent, { path: parent, kind: 'directory' });
    }
    entries.set(path, { path, kind });
  };
  for (const { path } of Object.values(facts).flat()) add(path, 'file');
  for (const path of whiteouts) add(path, 'whiteout');
  return {
    index: {
      diffId: `sha256:${at}`,
      entryCount: entries.size,
      opaqueBlind: false,
      entries: () => entries.values(),
      find: ({ paths }) => entries.values().filter(({ path }) => paths.has(path)),
    },
    facts: Object.entries(facts).map(([cataloger, list]) => ({
      diffId: `sha256:${at}`,
      cataloger,
      version: 1,
      facts: list,
    })),
  };
}

function merged(layers: readonly MergeLayer[]): readonly string[] {
  return packagesOf(
    compose(layers),
    (at, cataloger) => layers[at]?.facts.find((one) => one.cataloger === cataloger)?.facts ?? [],
  ).map(({ type, name, flags = [] }) => [type, name, ...flags].join(' '));
}

const GEM = 'usr/share/gems/specifications/rack-3.0.gemspec';
const gem: Fact = { path: GEM, status: 'found', packages: [{ type: 'gem', name: 'rack', version: '3.0' }] };

const databases: Readonly<Record<string, readonly [string, PackageRecord['type']]>> = {
  apk: ['usr/lib/apk/db/installed', 'apk'],
  chisel: ['var/lib/chisel/manifest.wall', 'deb'],
  dpkg: ['var/lib/dpkg/status', 'deb'],
  opkg: ['usr/lib/opkg/status', 'opkg'],
  pacman: ['var/lib/pacman/local/ruby-rack-3.0-1/desc', 'alpm'],
  portage: ['var/db/pkg/dev-ruby/rack-3.0/CONTENTS', 'ebuild'],
  rpm: ['var/lib/rpm/rpmdb.sqlite', 'rpm'],
};

for (const [cataloger, [path, type]] of Object.entries(databases)) {
  const packages = [{ type, name: 'ruby-rack', version: '3.0' }];
  const database: Fact = { path, status: 'found', packages, claims: [{ owner: 'ruby-rack', files: [GEM] }] };

  test(`a gem that a package of ${cataloger} brings along is no second package`, () => {
    assert.deepEqual(merged([layer(0, { [cataloger]: [database], ruby: [gem] })]), [`${type} ruby-rack`]);
    assert.deepEqual(merged([layer(0, { python: [database], ruby: [gem] })]).length, 2);
  });

  test(`a database of ${cataloger} that a layer deletes is reported with its last list`, () => {
    const layers = [layer(0, { [cataloger]: [database] }), layer(1, {}, [path])];
    assert.deepEqual(merged(layers), [`${type} ruby-rack database-deleted`]);
  });
}

test('a package that pacman or Portage removes is gone, as long as they have others', () => {
  const fact = (path: string, name: string): Fact => ({
    path,
    status: 'found',
    packages: [{ type: 'alpm', name, version: '1-1' }],
  });
  const one = fact('var/lib/pacman/local/a-1-1/desc', 'a');
  const other = fact('var/lib/pacman/local/b-1-1/desc', 'b');
  const layers = [layer(0, { pacman: [one, other] }), layer(1, {}, ['var/lib/pacman/local/a-1-1'])];
  assert.deepEqual(merged(layers), ['alpm b']);
});
