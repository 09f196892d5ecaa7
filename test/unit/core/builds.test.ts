import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildsOf } from '../../../core/builds.ts';
import type { ProductBuild } from '../../../core/facts.ts';

function factIn(layer: number, path: string, build?: ProductBuild) {
  const ref = { layer, cataloger: 'red-hat', path };
  return { ref, fact: { path, status: 'found' as const, ...(build && { build }) } };
}

test('each layer has the build that its files tell, together, also where a later one wrote over them', () => {
  const path = 'usr/share/buildinfo/content-sets.json';
  const facts = [
    factIn(0, 'etc/os-release'),
    factIn(1, path, { contentSets: ['baseos'] }),
    factIn(1, 'root/buildinfo/labels.json', { nvr: 'ubi-container-9-1', cpe: 'cpe:/a:x:y' }),
    factIn(1, 'root/buildinfo/content_manifests/a.json', { contentSets: ['baseos', 'appstream'] }),
    factIn(3, path, { contentSets: ['product'] }),
  ];
  assert.deepEqual(buildsOf(facts), [
    { layer: 1, nvr: 'ubi-container-9-1', cpe: 'cpe:/a:x:y', contentSets: ['baseos', 'appstream'] },
    { layer: 3, contentSets: ['product'] },
  ]);
});

test('no image has as many repositories as a hostile one may name', () => {
  const contentSets = Array.from({ length: 10_000 }, (_, at) => `set-${at}`);
  const facts = Array.from({ length: 5 }, (_, layer) => factIn(layer, 'a.json', { contentSets }));
  assert.equal(buildsOf(facts).length, 2);
});
