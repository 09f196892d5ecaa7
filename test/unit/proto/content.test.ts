import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { MERGE_VERSION, type Composition } from '../../../core/composition.ts';
import {
  catalogerSet,
  compositionKey,
  contentId,
  decodeContent,
  decodeRef,
  encodeContent,
  encodeRef,
} from '../../../proto/codec/content.ts';
import { WireError } from '../../../proto/codec/wire-error.ts';
import { resultOf } from '../../support/steps.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const SET = catalogerSet([{ id: 'dpkg', version: 2 }]);

test('a set of catalogers is named by what is in it, in whatever order', () => {
  const expected = createHash('sha256').update('apk\x001\ndpkg\x002\n').digest('hex');
  assert.equal(
    catalogerSet([
      { id: 'dpkg', version: 2 },
      { id: 'apk', version: 1 },
    ]),
    expected,
  );
  assert.equal(
    catalogerSet([
      { id: 'apk', version: 1 },
      { id: 'dpkg', version: 2 },
    ]),
    expected,
  );
  assert.notEqual(
    catalogerSet([
      { id: 'apk', version: 2 },
      { id: 'dpkg', version: 2 },
    ]),
    expected,
  );
});

test('a composition is named by its layers in order, the rules of merging, and the set', () => {
  assert.equal(
    compositionKey([A, B], SET),
    createHash('sha256').update(`${A}\n${B}\nmerge ${MERGE_VERSION}\n${SET}`).digest('hex'),
  );
  assert.notEqual(compositionKey([B, A], SET), compositionKey([A, B], SET));
  assert.notEqual(compositionKey([A], SET), compositionKey([A], catalogerSet([])));
  assert.notEqual(compositionKey([A], SET), compositionKey([A], SET, MERGE_VERSION + 1));
});

test('refs come back as they were, and nothing else passes for one', () => {
  for (const ref of [
    { kind: 'layer-facts', key: A, catalogerSet: SET },
    { kind: 'composition', key: compositionKey([A], SET), catalogerSet: SET },
  ] as const) {
    assert.deepEqual(decodeRef(encodeRef(ref)), ref);
    assert.ok(contentId(ref).startsWith(ref.kind));
  }
  const good = encodeRef({ kind: 'layer-facts', key: A, catalogerSet: SET });
  const bad = [
    undefined,
    {},
    { ...good, kind: 3 as never },
    { ...good, key: A.toUpperCase() },
    { ...good, key: `${A}0` },
    { ...good, catalogerSet: new Uint8Array(31) },
    { ...good, kind: 2 as never },
  ];
  for (const ref of bad) assert.throws(() => decodeRef(ref), WireError);
});

const composition: Composition = {
  diffIds: [A, B],
  release: { id: 'debian', idLike: ['x'], versionId: '12', prettyName: 'Debian 12' },
  visible: [{ layer: 1, cataloger: 'dpkg', path: 'var/lib/dpkg/status' }],
  owned: [{ layer: 0, cataloger: 'npm', path: 'usr/lib/node_modules/x/package.json' }],
  introduced: [{ ref: { layer: 1, cataloger: 'dpkg', path: 'p' }, package: 'deb/x', layer: 0 }],
  deletedDatabases: [{ ref: { layer: 0, cataloger: 'apk', path: 'lib/apk/db/installed' }, layer: 1 }],
  licenses: [{ type: 'deb', name: 'bash', licenses: ['GPL-3+', 'Expat'] }],
  superseded: [{ ref: { layer: 0, cataloger: 'dpkg', path: 'var/lib/dpkg/status' }, package: 'deb/x' }],
  builds: [
    { layer: 0, contentSets: ['rhel-9-baseos', 'rhel-9-appstream'] },
    { layer: 1, nvr: 'app-container-1-2', architecture: 'x86_64', cpe: 'cpe:/a:redhat:app:1' },
  ],
  opaqueBlind: true,
};

test('a composition comes back as it was', () => {
  const key = compositionKey(composition.diffIds, SET);
  const bytes = resultOf(encodeContent(key, { kind: 'composition', composition }));
  assert.deepEqual(decodeContent({ kind: 'composition', key, catalogerSet: SET }, bytes), {
    kind: 'composition',
    composition,
  });
});

test('a composition under a key that is not of its layers is refused', () => {
  const key = compositionKey([A], SET);
  const bytes = resultOf(encodeContent(key, { kind: 'composition', composition }));
  assert.throws(
    () => decodeContent({ kind: 'composition', key, catalogerSet: SET }, bytes),
    (error) => error instanceof WireError && error.code === 'mismatch',
  );
});

test('a composition that speaks of layers it does not have is refused', () => {
  const key = compositionKey([A], SET);
  const wrong = { ...composition, diffIds: [A] };
  const bytes = resultOf(encodeContent(key, { kind: 'composition', composition: wrong }));
  assert.throws(() => decodeContent({ kind: 'composition', key, catalogerSet: SET }, bytes), /layer 1 of 1/);
});

test('any bytes are content or a WireError', () => {
  const refs = [
    { kind: 'layer-facts', key: A, catalogerSet: SET },
    { kind: 'composition', key: compositionKey([A], SET), catalogerSet: SET },
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...refs), fc.uint8Array({ maxLength: 300 }), (ref, bytes) => {
      assert.throws(() => decodeContent(ref, bytes), WireError);
    }),
    { numRuns: 2000 },
  );
});
