import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Composition } from '../../../core/composition.ts';
import type { Fact, FindingRecord } from '../../../core/facts.ts';
import { findingsOf } from '../../../core/findings.ts';
import type { FactsOf } from '../../../core/merge.ts';

const KEY: FindingRecord = { ruleId: 'private-key', kind: 'pem', evidence: 'private key' };
const SHELL: FindingRecord = { ruleId: 'shell', kind: 'bash' };

function image(
  layers: readonly Readonly<Record<string, readonly Fact[]>>[],
  visible: Composition['visible'],
): readonly [Composition, FactsOf] {
  const composition = {
    diffIds: layers.map((_, at) => `sha256:${at}`),
    visible,
    owned: [],
    introduced: [],
    deletedDatabases: [],
    opaqueBlind: false,
  };
  return [composition, (layer, cataloger) => layers[layer]?.[cataloger] ?? []];
}

function fact(path: string, ...findings: readonly FindingRecord[]): Fact {
  return { path, status: 'found', findings };
}

test('findings of visible facts come in order of rule and path, each with its layer', () => {
  const found = findingsOf(
    ...image(
      [{ shells: [fact('bin/bash', SHELL)] }, { credentials: [fact('b.key', KEY), fact('a.key', KEY)] }],
      [
        { layer: 0, cataloger: 'shells', path: 'bin/bash' },
        { layer: 1, cataloger: 'credentials', path: 'b.key' },
        { layer: 1, cataloger: 'credentials', path: 'a.key' },
      ],
    ),
  );
  assert.deepEqual(found, [
    { ...KEY, path: 'a.key', layer: 1 },
    { ...KEY, path: 'b.key', layer: 1 },
    { ...SHELL, path: 'bin/bash', layer: 0 },
  ]);
});

test('a shell that a later layer deleted is gone, a private key is only hidden', () => {
  const [composition, factsOf] = image(
    [{ shells: [fact('bin/bash', SHELL)], credentials: [fact('root/id_rsa', KEY)] }, {}],
    [],
  );
  assert.deepEqual(findingsOf(composition, factsOf), [
    { ...KEY, path: 'root/id_rsa', layer: 0, isHidden: true },
  ]);
});

test('a key that a later layer copied up is one finding, in the upper layer', () => {
  const found = findingsOf(
    ...image(
      [{ credentials: [fact('a.key', KEY)] }, { credentials: [fact('a.key', KEY)] }],
      [{ layer: 1, cataloger: 'credentials', path: 'a.key' }],
    ),
  );
  assert.deepEqual(found, [{ ...KEY, path: 'a.key', layer: 1 }]);
});

test('a key that is hidden twice is said once, with the upper layer', () => {
  const layer = { credentials: [fact('a.key', KEY)] };
  const found = findingsOf(...image([layer, layer, {}], []));
  assert.deepEqual(found, [{ ...KEY, path: 'a.key', layer: 1, isHidden: true }]);
});

test('facts that the composition names but nobody has count as empty', () => {
  assert.deepEqual(findingsOf(...image([{}], [{ layer: 0, cataloger: 'shells', path: 'bin/sh' }])), []);
});
