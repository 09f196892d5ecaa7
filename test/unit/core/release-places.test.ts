import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose, type MergeLayer } from '../../../core/compose.ts';
import type { Fact } from '../../../core/facts.ts';
import type { LayerEntry } from '../../../core/layer.ts';
import { packagesOf } from '../../../core/merge.ts';
import { RELEASE_PLACES } from '../../../core/release-places.ts';

/** A layer with a file in each of these places that states a release of that name, or that states nothing. */
function layerOf(at: number, files: Readonly<Record<string, string | undefined>>): MergeLayer {
  const entries: LayerEntry[] = ['etc', 'usr', 'usr/lib'].map((path) => ({ path, kind: 'directory' }));
  const facts: Fact[] = [];
  for (const [path, id] of Object.entries(files)) {
    entries.push({ path, kind: id === 'whiteout' ? 'whiteout' : 'file' });
    if (id === 'whiteout') continue;
    const release = id === undefined ? {} : { release: { id, idLike: [], versionId: '1' } };
    facts.push({ path, status: id === undefined ? 'nothing' : 'found', ...release });
  }
  return {
    index: {
      diffId: `sha256:${at}`,
      entryCount: entries.length,
      opaqueBlind: false,
      entries: () => entries.values(),
      find: ({ paths }) => entries.values().filter(({ path }) => paths.has(path)),
    },
    facts: [{ diffId: `sha256:${at}`, cataloger: 'os-release', version: 1, facts }],
  };
}

function releaseOf(...layers: readonly Readonly<Record<string, string | undefined>>[]): string | undefined {
  return compose(layers.map((files, at) => layerOf(at, files))).release?.id;
}

test('of two places the first in order counts, whatever layers they are in', () => {
  for (const [at, first] of RELEASE_PLACES.entries()) {
    for (const second of RELEASE_PLACES.slice(at + 1)) {
      const arrangements = [
        [{ [first]: 'first' }, { [second]: 'second' }],
        [{ [second]: 'second' }, { [first]: 'first' }],
        [{ [first]: 'first', [second]: 'second' }],
        [{ [second]: 'second', [first]: 'first' }],
        [{}, { [second]: 'second' }, {}, { [first]: 'first' }, {}],
      ];
      for (const layers of arrangements) assert.equal(releaseOf(...layers), 'first', `${first}, ${second}`);
    }
  }
});

test('a place that is removed, or comes to say nothing, leaves its word to the next', () => {
  const base = { 'etc/os-release': 'centos', 'etc/redhat-release': 'rhel' };
  assert.equal(releaseOf(base, { 'etc/os-release': 'whiteout' }), 'rhel');
  assert.equal(releaseOf(base, { 'etc/os-release': undefined }), 'rhel');
  assert.equal(
    releaseOf(base, { 'etc/os-release': 'whiteout', 'etc/redhat-release': 'whiteout' }),
    undefined,
  );
  assert.equal(releaseOf(base, { 'etc/os-release': 'whiteout' }, { 'etc/os-release': 'fedora' }), 'fedora');
});

test("an rpm of an image that has only an older distribution's file goes by that distribution", () => {
  const layer = layerOf(0, { 'etc/redhat-release': 'centos' });
  const packages = [{ type: 'rpm', name: 'bash', version: '3.2-33.el5' } as const];
  const rpms = [{ path: 'var/lib/rpm/Packages', status: 'found', packages } as const];
  const facts = [...layer.facts, { diffId: 'sha256:0', cataloger: 'rpm', version: 1, facts: rpms }];
  const index: LayerEntry = { path: 'var/lib/rpm/Packages', kind: 'file' };
  const composition = compose([
    {
      index: { ...layer.index, entries: () => [...layer.index.entries(), index].values() },
      facts,
    },
  ]);
  const [rpm] = packagesOf(composition, (_, id) => facts.find((one) => one.cataloger === id)?.facts ?? []);
  assert.equal(rpm?.purl, 'pkg:rpm/centos/bash@3.2-33.el5?distro=centos-1');
});
