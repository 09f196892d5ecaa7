import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { CatalogerFacts, Fact } from '../../../../core/facts.ts';
import { encodeLayerIndex } from '../../../../core/layer-index.ts';
import { temporaryFolder, testState, TestClock } from '../../../support/state.ts';

const A = `sha256:${'a1'.repeat(32)}`;
const B = `sha256:${'b2'.repeat(32)}`;
const HOUR = 3_600_000;
const DPKG = { id: 'dpkg', version: 3 };

function facts(diffId: string, version = 3, extra: readonly Fact[] = []): CatalogerFacts {
  const claims = [{ owner: 'bash', files: ['bin/bash', 'etc/odd-\udc80'] }];
  return {
    diffId,
    cataloger: 'dpkg',
    version,
    facts: [
      {
        path: 'var/lib/dpkg/status',
        status: 'found',
        packages: [{ type: 'deb', name: 'bash', version: '5.2-1' }],
      },
      { path: 'var/lib/dpkg/info/bash.list', status: 'found', claims },
      { path: 'var/lib/dpkg/info/none.list', status: 'nothing' },
      ...extra,
    ],
  };
}

function index(): Uint8Array {
  return encodeLayerIndex({
    opaqueBlind: true,
    entries: () => [{ path: 'bin/sh', kind: 'symlink', target: 'dash' }],
  });
}

test('an index comes back as it was put', (context) => {
  const { layers } = testState(context, temporaryFolder(context));
  assert.equal(layers.index(A), undefined);
  layers.putIndex(A, index(), { entryCount: 1, opaqueBlind: true });
  const stored = layers.index(A);
  assert.deepEqual(stored && { ...stored, encoded: new Uint8Array(stored.encoded) }, {
    encoded: index(),
    entryCount: 1,
    opaqueBlind: true,
  });
});

test('facts come back as they were put, with claims where they are wanted', (context) => {
  const { layers } = testState(context, temporaryFolder(context));
  layers.putFacts(facts(A));
  assert.deepEqual(layers.facts(A, DPKG, { claims: true }), facts(A));
  const plain = layers.facts(A, DPKG, { claims: false });
  assert.deepEqual(plain?.facts[0], facts(A).facts[0]);
  assert.ok(plain?.facts.every((fact) => fact.claims === undefined));
  assert.equal(plain?.facts.length, 3);
});

test('a layer where a cataloger found nothing is known all the same', (context) => {
  const { layers } = testState(context, temporaryFolder(context));
  layers.putIndex(A, index(), { entryCount: 1, opaqueBlind: false });
  layers.putFacts({ diffId: A, cataloger: 'apk', version: 1, facts: [] });
  assert.deepEqual(layers.facts(A, { id: 'apk', version: 1 }, { claims: true })?.facts, []);
  assert.equal(layers.has(A, [{ id: 'apk', version: 1 }]), true);
});

test('a new version of a cataloger replaces the facts of the old one, claims too', (context) => {
  const { layers } = testState(context, temporaryFolder(context));
  layers.putFacts(facts(A, 3));
  layers.putFacts({ diffId: A, cataloger: 'dpkg', version: 4, facts: [{ path: 'x', status: 'nothing' }] });
  assert.equal(layers.facts(A, DPKG, { claims: true }), undefined);
  assert.deepEqual(layers.facts(A, { id: 'dpkg', version: 4 }, { claims: true })?.facts, [
    { path: 'x', status: 'nothing' },
  ]);
});

test('what is missing: other versions, other catalogers, everything without an index', (context) => {
  const { layers } = testState(context, temporaryFolder(context));
  const wanted = [DPKG, { id: 'rpm', version: 1 }];
  layers.putFacts(facts(A));
  assert.deepEqual(layers.missing(A, wanted), wanted);
  assert.equal(layers.has(A, []), false, 'without an index a layer is not known');
  layers.putIndex(A, index(), { entryCount: 1, opaqueBlind: false });
  assert.deepEqual(layers.missing(A, wanted), [wanted[1]]);
  assert.deepEqual(layers.missing(A, [{ id: 'dpkg', version: 2 }]), [{ id: 'dpkg', version: 2 }]);
  assert.deepEqual(layers.known(A), { hasIndex: true, catalogers: [DPKG] });
  assert.deepEqual(layers.known(B), { hasIndex: false, catalogers: [] });
  assert.deepEqual([layers.has(A, [DPKG]), layers.has(A, wanted), layers.has(B, [])], [true, false, false]);
});

test('all of it is there after the file was closed and opened', (context) => {
  const folder = temporaryFolder(context);
  const first = testState(context, folder);
  first.layers.putFacts(facts(A));
  first.layers.putIndex(A, index(), { entryCount: 1, opaqueBlind: true });
  first.close();
  const { layers } = testState(context, folder);
  assert.deepEqual(layers.facts(A, DPKG, { claims: true }), facts(A));
  assert.equal(layers.index(A)?.opaqueBlind, true);
});

test('layers are forgotten when no image had them for so long, in time that the node was up', (context) => {
  const clock = new TestClock();
  const { layers } = testState(context, temporaryFolder(context), { clock });
  for (const diffId of [A, B]) {
    layers.putIndex(diffId, index(), { entryCount: 1, opaqueBlind: false });
    layers.putFacts(facts(diffId));
  }
  clock.pass(HOUR);
  assert.equal(layers.forget([A], 2 * HOUR), 0);
  clock.setWall(clock.wall() + 1000 * HOUR);
  assert.equal(layers.forget([A], 2 * HOUR), 0, 'a jump of the clock ages nothing');
  clock.pass(1.5 * HOUR);
  assert.equal(layers.forget([A], 2 * HOUR), 1);
  assert.deepEqual([layers.count(), layers.has(A, [DPKG]), layers.has(B, [])], [1, true, false]);
  assert.equal(layers.facts(B, DPKG, { claims: true }), undefined);
});

test('space that forgotten layers leave is given back', (context) => {
  const state = testState(context, temporaryFolder(context));
  // Random hex does not compress below half.
  const files = Array.from(
    { length: 20_000 },
    (_, at) => `usr/share/${(at * 2654435761) % 4294967296}/${at}`,
  );
  state.layers.putFacts(facts(A, 3, [{ path: 'p', status: 'found', claims: [{ owner: 'o', files }] }]));
  const full = state.bytes();
  assert.equal(state.layers.forget([], -1), 1);
  state.compact(64 * 1024 * 1024);
  assert.ok(state.bytes() < full / 2, `${state.bytes()} of ${full} bytes`);
});

test('a value that was damaged on disk counts as never read', (context) => {
  const folder = temporaryFolder(context);
  const state = testState(context, folder);
  state.layers.putIndex(A, index(), { entryCount: 1, opaqueBlind: false });
  state.layers.putFacts(facts(A));
  state.layers.putFacts(facts(B));
  state.close();
  const raw = new DatabaseSync(join(folder, 'state.db'));
  raw.exec('UPDATE layer_claims SET claims = zeroblob(30) WHERE layer = (SELECT min(id) FROM layer)');
  raw.exec('UPDATE layer_facts SET facts = substr(facts, 1, 20) WHERE layer = (SELECT max(id) FROM layer)');
  raw.close();
  const { layers } = testState(context, folder);
  assert.deepEqual(layers.facts(A, DPKG, { claims: false })?.facts.length, 3, 'what is whole still serves');
  assert.equal(layers.facts(A, DPKG, { claims: true }), undefined);
  assert.equal(layers.facts(B, DPKG, { claims: false }), undefined);
  assert.deepEqual(
    [layers.missing(A, [DPKG]), layers.missing(B, [DPKG])],
    [[DPKG], [DPKG]],
    'so it is read again',
  );
});
