import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Composition } from '../../../../core/composition.ts';
import { temporaryFolder, testState, TestClock } from '../../../support/state.ts';

const composition: Composition = {
  diffIds: [`sha256:${'a1'.repeat(32)}`],
  release: { id: 'debian', idLike: [], versionId: '12' },
  visible: [{ layer: 0, cataloger: 'dpkg', path: 'var/lib/dpkg/status' }],
  owned: [],
  introduced: [],
  deletedDatabases: [],
  opaqueBlind: false,
};

test('a composition comes back as it was put, also after a restart', (context) => {
  const folder = temporaryFolder(context);
  const first = testState(context, folder);
  first.compositions.put('k', composition);
  assert.deepEqual(first.compositions.get('k'), composition);
  first.close();
  const { compositions } = testState(context, folder);
  assert.deepEqual([compositions.has('k'), compositions.has('l')], [true, false]);
  assert.deepEqual([compositions.get('k'), compositions.get('l')], [composition, undefined]);
});

test('a composition that no image needed for so long is forgotten', (context) => {
  const clock = new TestClock();
  const { compositions } = testState(context, temporaryFolder(context), { clock });
  compositions.put('kept', composition);
  compositions.put('unused', composition);
  clock.pass(1000);
  assert.equal(compositions.forget(['kept', 'never put'], 500), 1);
  assert.deepEqual([compositions.has('kept'), compositions.has('unused')], [true, false]);
});
