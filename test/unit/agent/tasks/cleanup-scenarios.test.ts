import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { takeRunLock } from '../../../../agent/cleanup/run-lock.ts';
import type { State } from '../../../../agent/state/state.ts';
import { ClockJumps } from '../../../../agent/tasks/clock-jumps.ts';
import { ownUses } from '../../../../agent/tasks/own-uses.ts';
import { explain } from '../../../../core/cleanup/explain.ts';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import type { CleanupImage, ImageAge } from '../../../../core/cleanup/plan.ts';
import type { CleanupPolicy } from '../../../../core/cleanup/policy.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { DAY, planInput, staleImage } from '../../../support/cleanup-node.ts';
import { temporaryFolder, TestClock, testState } from '../../../support/state.ts';

// What a node does over time, told by its plans. Scenarios by number: docs/cleanup.md.

const WEB = 'sha256:web:1';

/** What the node's memory lets a plan say of the image `web:1`. */
function said(
  state: State,
  policy: Partial<CleanupPolicy> = {},
  changes: Partial<CleanupImage> = {},
): string {
  const life = state.seen.life(WEB);
  const age: ImageAge | undefined = life && {
    ...{ ageMs: life.ageMs, unusedMs: life.unusedMs, wasUsed: life.lastUsed !== undefined },
  };
  const { age: _, ...rest } = staleImage('web:1', changes);
  const image: CleanupImage = { ...rest, ...(age && { age }) };
  const { items } = makePlan(planInput([image], { policy }), sha256Hex);
  return items.map(explain).join();
}

function stateWith(context: TestContext, clock: TestClock, folder = temporaryFolder(context)): State {
  return testState(context, folder, { clock });
}

test('2: an exited container keeps its image; once it is removed, the image has its time from that moment', (context) => {
  const clock = new TestClock();
  const state = stateWith(context, clock);
  for (let day = 0; day < 20; day += 1) {
    state.seen.observe([WEB], [WEB]);
    clock.pass(DAY);
  }
  const uses = [{ imageId: WEB, kind: 'container' as const, who: 'container web (exited)' }];
  assert.equal(said(state, {}, { uses }), 'kept: used by container web (exited)');
  state.seen.observe([WEB], [WEB]);
  clock.pass(6 * DAY);
  state.seen.observe([WEB], []);
  assert.equal(said(state), 'kept: used 6 days ago, less than 7 days');
  clock.pass(DAY + 1);
  assert.equal(said(state), 'remove: unused 7 days');
});

test('9: an image that came ten seconds ago stays, also when the agent begins anew', (context) => {
  const clock = new TestClock();
  const folder = temporaryFolder(context);
  const policy = { unusedForMs: 0, minimumAgeMs: 120_000 };
  const first = stateWith(context, clock, folder);
  first.seen.observe([WEB], []);
  clock.pass(10_000);
  assert.equal(said(first, policy), 'kept: on this node for 10 seconds only, less than 2 minutes');
  first.close();
  const second = stateWith(context, clock, folder);
  assert.equal(said(second, policy), 'kept: on this node for 10 seconds only, less than 2 minutes');
  clock.pass(110_000);
  assert.equal(said(second, policy), 'remove: never used in 2 minutes');
});

test('11: when the clock is set by a year, forward or back, nothing may go for it, and the plan says so', (context) => {
  for (const years of [1, -1]) {
    const clock = new TestClock();
    const state = stateWith(context, clock);
    const jumps = new ClockJumps(() => clock.monotonic());
    jumps.note(state.seen.observe([WEB], [WEB]));
    clock.pass(3 * DAY);
    jumps.note(state.seen.observe([WEB], []));
    const before = said(state);
    clock.setWall(clock.wall() + years * 365 * DAY);
    jumps.note(state.seen.observe([WEB], []));
    assert.equal(said(state), before);
    assert.equal(before, 'kept: used 3 days ago, less than 7 days');
    clock.pass(4 * DAY - 1);
    assert.match(said(state), /^kept/);
    clock.pass(1);
    assert.equal(said(state), 'remove: unused 7 days');
    jumps.note(years * 365 * DAY);
    const [warning] = makePlan(planInput([], { warnings: jumps.warnings() }), sha256Hex).warnings;
    assert.match(warning ?? '', years > 0 ? /was set forward by 365 days/ : /was set back by 365 days/);
  }
});

test('20: of two cleanups at once the second is refused', (context) => {
  const lock = join(temporaryFolder(context), 'cleanup', 'lock');
  const release = takeRunLock(lock);
  assert.throws(() => takeRunLock(lock), { name: 'CleanupError', code: 'busy' });
  release();
  takeRunLock(lock)();
});

test('22: with verdicts alone, nothing goes while none is known of it', () => {
  const told = (policy: Partial<CleanupPolicy>): string[] =>
    makePlan(planInput([staleImage('web:1')], { policy }), sha256Hex).items.map(explain);
  const reason = 'end of life';
  assert.deepEqual(told({ verdictsOnly: true }), ['kept: no verdict against it']);
  const verdicts = [{ digest: 'sha256:another', reason }];
  assert.deepEqual(told({ verdictsOnly: true, verdicts }), ['kept: no verdict against it']);
  assert.deepEqual(told({ verdictsOnly: true, verdicts: [{ digest: WEB, reason }] }), [`remove: ${reason}`]);
});

test('27: the image that we run from and the one that is being read never go', () => {
  const [own, read] = [staleImage('tallyman:1'), staleImage('read:1')];
  const uses = ownUses(own.imageId, read);
  const images = [own, read, staleImage('web:1')].map((image) => ({
    ...image,
    uses: uses.filter(({ imageId }) => imageId === image.imageId),
  }));
  const verdicts = images.map(({ imageId: digest }) => ({ digest, reason: 'vulnerable' }));
  const { items } = makePlan(planInput(images, { policy: { verdicts } }), sha256Hex);
  assert.deepEqual(
    items.map((item) => `${item.names[0]?.name} ${explain(item)}`),
    [
      'web:1 remove: vulnerable',
      'read:1 kept: used by the reading of its layers',
      'tallyman:1 kept: used by this agent, which runs from it',
    ],
  );
});

test('28: 1,500 images that share layers are planned in 48 MiB of heap', () => {
  const root = join(import.meta.dirname, '../../../..');
  const script = `
    import { makePlan } from ${JSON.stringify(join(root, 'core/cleanup/make-plan.ts'))};
    import { planInput, staleImage, storageOf } from ${JSON.stringify(join(root, 'test/support/cleanup-node.ts'))};
    import { sha256Hex } from ${JSON.stringify(join(root, 'platform/sha256.ts'))};
    const names = Array.from({ length: 1500 }, (_, at) => 'shop/app-' + at + '.x');
    const layers = (at) => Array.from({ length: 8 }, (_, n) => 'l' + n + '-' + (at % (3 ** n + 1)) + ':1000');
    const storage = storageOf(Object.fromEntries(names.map((name, at) => [name, [...layers(at), 'o' + at + ':10']])));
    const disk = { bytes: { used: 95, total: 100 }, inodes: { used: 1, total: 100 } };
    const policy = { disk: { bytes: { high: 80, low: 1 } } };
    const images = names.map((name) => staleImage(name));
    const { items, frees } = makePlan(planInput(images, { storage, disk, policy }), sha256Hex);
    console.log(items.length, items.filter(({ action }) => action === 'remove').length, frees.bytes > 0);`;
  const args = ['--max-old-space-size=48', '--input-type=module', '--eval', script];
  const told = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  assert.match(told, /^1500 \d+ true\n$/);
});

test('every scenario in docs/cleanup.md has its tests where that says', () => {
  const root = join(import.meta.dirname, '../../../..');
  const rows = readFileSync(join(root, 'docs/cleanup.md'), 'utf8').matchAll(
    /^\| (\d+) +\|.*\| (`.*`) *\|$/gm,
  );
  const told = [...rows].map(([, number = '', files = '']) => ({
    number,
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => `${file}.test.ts`),
  }));
  assert.deepEqual(
    told.map(({ number }) => number),
    Array.from({ length: 30 }, (_, at) => `${at + 1}`),
  );
  const isThere = (file: string, number: string): boolean =>
    new RegExp(`(?:test\\(|\\s)['"\`]${number}: `).test(readFileSync(join(root, 'test', file), 'utf8'));
  for (const { number, files } of told) {
    assert.ok(files.length > 0);
    for (const file of files) assert.ok(isThere(file, number), `${number} is not in ${file}`);
  }
});
