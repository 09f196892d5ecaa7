import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { explain } from '../../../../core/cleanup/explain.ts';
import { makePlan, type PlanInput } from '../../../../core/cleanup/make-plan.ts';
import type { CleanupPlan } from '../../../../core/cleanup/plan.ts';
import { DEFAULT_POLICY, withinCeilings } from '../../../../core/cleanup/policy.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { DAY, planInput, staleImage, storageOf } from '../../../support/cleanup-node.ts';

function plan(input: PlanInput): CleanupPlan {
  return makePlan(input, sha256Hex);
}

/** `NAME remove: why`, in the plan's order. */
function told({ items }: CleanupPlan): string[] {
  return items.map((item) => `${item.names[0]?.name ?? item.imageId} ${explain(item)}`);
}

function removed({ items }: CleanupPlan): string[] {
  return items.filter(({ action }) => action === 'remove').map(({ names }) => names[0]?.name ?? '');
}

test('an old, unused image that came from a registry goes', () => {
  assert.deepEqual(told(plan(planInput([staleImage('app:1')]))), ['app:1 remove: unused 40 days']);
});

test('1: whatever uses an image keeps it, and is named', () => {
  const uses = ['container web-1 (exited)', 'pod shop/web', 'lease 17', 'lease 18', 'lease 19'].map(
    (who) => ({
      imageId: 'sha256:app:1',
      kind: 'container' as const,
      who,
    }),
  );
  const [one] = told(plan(planInput([staleImage('app:1', { uses })])));
  assert.equal(
    one,
    'app:1 kept: used by container web-1 (exited), used by pod shop/web, used by lease 17 and 2 more',
  );
});

test('7: a pin on one of several names keeps the image', () => {
  const [one] = told(plan(planInput([staleImage('app:1', { pinned: true })])));
  assert.equal(one, 'app:1 kept: pinned by a pin in the engine');
});

test('nothing keeps an image from a policy but its reason, and the reason is said', () => {
  const cases: readonly (readonly [string, PlanInput])[] = [
    [
      'app:1 kept: protected: app:1 is meant by "app:*"',
      planInput([staleImage('app:1')], { policy: { never: ['other', 'app:*'] } }),
    ],
    [
      'app:1 kept: protected: sha256:app:1 is meant by "sha256:app:1"',
      planInput([staleImage('app:1')], { policy: { never: ['sha256:app:1'] } }),
    ],
    [
      'app:1 kept: not among those chosen by name: app:1',
      planInput([staleImage('app:1')], { policy: { only: ['ghcr.io/**'] } }),
    ],
    [
      'app:1 kept: could not be pulled again: it did not come from a registry',
      planInput([staleImage('app:1', { isPullable: false })]),
    ],
    [
      'app:1 kept: not known well enough: its content cannot be read',
      planInput([staleImage('app:1', { unknowns: ['its content cannot be read'] })]),
    ],
    [
      'app:1 kept: on this node for 10 seconds only, less than 24 hours',
      planInput([staleImage('app:1', { age: { ageMs: 10_000, unusedMs: 10_000, wasUsed: false } })]),
    ],
    [
      'app:1 kept: used 3 days ago, less than 7 days',
      planInput([staleImage('app:1', { age: { ageMs: 50 * DAY, unusedMs: 3 * DAY, wasUsed: true } })]),
    ],
    [
      'app:1 kept: here unused for 3 days, less than 7 days',
      planInput([staleImage('app:1', { age: { ageMs: 3 * DAY, unusedMs: 3 * DAY, wasUsed: false } })]),
    ],
    [
      'app:1 kept: the newest of docker.io/library/app here',
      planInput([staleImage('app:1')], { policy: { keepNewest: 1 } }),
    ],
    [
      'app:1 kept: no verdict against it',
      planInput([staleImage('app:1')], { policy: { verdictsOnly: true } }),
    ],
    [
      'app:1 kept: nothing is removed now',
      planInput([staleImage('app:1')], { unreadable: ['containerd does not answer.'] }),
    ],
  ];
  for (const [expected, input] of cases) {
    const result = plan(input);
    assert.deepEqual(told(result), [expected]);
    assert.deepEqual(result.frees, { bytes: 0, inodes: 0 });
  }
});

test('10: an image that was never seen before is new, whatever its build date', () => {
  const { age: _, ...unseen } = staleImage('app:1', { builtAt: 0 });
  assert.match(told(plan(planInput([unseen])))[0] ?? '', /kept: on this node for 0 seconds only/);
});

test('8: protection counts for every name of an image, given by digest or alias', () => {
  const names = ['app:1', 'alias/app:1'].map((name) => ({
    engine: 'docker' as const,
    namespace: '',
    name,
    target: 'sha256:app:1',
  }));
  const image = staleImage('app:1', { names });
  for (const never of ['app', 'alias/app:1', 'sha256:manifest-of-app:1', 'sha256:app:1']) {
    assert.deepEqual(removed(plan(planInput([image], { policy: { never: [never] } }))), [], never);
  }
});

test('a pattern that cannot be read protects everything and chooses nothing', () => {
  assert.deepEqual(removed(plan(planInput([staleImage('app:1')], { policy: { never: [''] } }))), []);
  assert.deepEqual(removed(plan(planInput([staleImage('app:1')], { policy: { only: ['a b'] } }))), []);
});

test('with several names, all must be chosen', () => {
  const two = staleImage('a/app:1', {
    names: ['a/app:1', 'b/app:1', 'sha256:app:1'].map((name) => ({
      engine: 'containerd' as const,
      namespace: 'k8s.io',
      name,
      target: 'sha256:m',
    })),
  });
  assert.deepEqual(removed(plan(planInput([two], { policy: { only: ['a/*'] } }))), []);
  assert.deepEqual(removed(plan(planInput([two], { policy: { only: ['a/*', 'b/*'] } }))), ['a/app:1']);
});

test('the newest of a repository stay, by their time on this node', () => {
  const images = [10, 30, 20].map((days) =>
    staleImage(`app:${days}`, { age: { ageMs: days * DAY, unusedMs: days * DAY, wasUsed: false } }),
  );
  const result = plan(planInput(images, { policy: { keepNewest: 2 } }));
  assert.deepEqual(
    told(result).toSorted((a, b) => a.localeCompare(b)),
    [
      'app:10 kept: among the 2 newest of docker.io/library/app here',
      'app:20 kept: among the 2 newest of docker.io/library/app here',
      'app:30 remove: never used in 30 days, 2 newer images of the same repository',
    ],
  );
});

test('a verdict removes what was used lately, but nothing that is used or too new', () => {
  const verdicts = [{ digest: 'sha256:manifest-of-app:1', reason: 'vulnerable: CVE-2024-3094' }];
  const lately = { ageMs: 2 * DAY, unusedMs: 1, wasUsed: true };
  assert.deepEqual(told(plan(planInput([staleImage('app:1', { age: lately })], { policy: { verdicts } }))), [
    'app:1 remove: vulnerable: CVE-2024-3094',
  ]);
  const young = { ageMs: 1, unusedMs: 1, wasUsed: true };
  const uses = [{ imageId: 'sha256:app:1', kind: 'container' as const, who: 'container x' }];
  for (const kept of [{ age: young }, { uses }, { isPullable: false }]) {
    assert.deepEqual(removed(plan(planInput([staleImage('app:1', kept)], { policy: { verdicts } }))), []);
  }
});

test('24: those unused for the longest go first, and a limit leaves the rest, with the reason', () => {
  const images = [10, 30, 20].map((days) =>
    staleImage(`app-${days}:1`, { age: { ageMs: 50 * DAY, unusedMs: days * DAY, wasUsed: true } }),
  );
  const result = plan(planInput(images, { policy: { limits: { images: 2 } } }));
  assert.deepEqual(told(result), [
    'app-30:1 remove: unused 30 days',
    'app-20:1 remove: unused 20 days',
    'app-10:1 kept: as many images as one run may remove',
  ]);
});

test('images of the same age go in the same order, however the engine lists them', () => {
  const images = ['c', 'a', 'b'].map((name) => staleImage(name));
  const policy = { limits: { images: 1 } };
  const { id, items } = plan(planInput(images, { policy }));
  const other = plan(planInput(images.toReversed(), { policy }));
  assert.deepEqual(other.items, items);
  assert.equal(other.id, id);
});

test('a limit of bytes counts what is truly freed', () => {
  const images = ['a', 'b', 'c'].map((name) => staleImage(name));
  const storage = storageOf({ a: ['base:100', 'a:10'], b: ['base:100', 'b:10'], c: ['c:10'] });
  const result = plan(planInput(images, { storage, policy: { limits: { bytes: 50 } } }));
  assert.deepEqual(removed(result), ['a', 'c']);
  assert.deepEqual(result.frees, { bytes: 20, inodes: 2 });
});

test('exclusive bytes are each image’s own, the sum is more where two share', () => {
  const images = ['a', 'b'].map((name) => staleImage(name));
  const storage = storageOf({ a: ['base:100', 'a:10'], b: ['base:100', 'b:10'] });
  const result = plan(planInput(images, { storage }));
  assert.deepEqual(
    result.items.map(({ exclusive }) => exclusive.bytes),
    [10, 10],
  );
  assert.equal(result.frees.bytes, 120);
});

const FILL = { bytes: { used: 900, total: 1000 }, inodes: { used: 10, total: 1000 } };

test('23: below the high mark nothing goes, above it just enough to reach the low one', () => {
  const images = ['a', 'b', 'c'].map((name, at) =>
    staleImage(name, { age: { ageMs: 50 * DAY, unusedMs: (40 - at) * DAY, wasUsed: true } }),
  );
  const storage = storageOf({ a: ['a:60'], b: ['b:60'], c: ['c:60'] });
  const under = plan(
    planInput(images, { storage, disk: FILL, policy: { disk: { bytes: { high: 95, low: 50 } } } }),
  );
  assert.deepEqual(removed(under), []);
  assert.match(told(under)[0] ?? '', /the disk has room enough without it/);
  const over = plan(
    planInput(images, { storage, disk: FILL, policy: { disk: { bytes: { high: 85, low: 80 } } } }),
  );
  assert.deepEqual(removed(over), ['a', 'b']);
});

test('inodes run out too, and then the image with the most of them goes first', () => {
  const images = ['few', 'many'].map((name) => staleImage(name));
  const storage = storageOf({ few: ['x:1000'], many: ['p:1', 'q:1', 'r:1'] });
  const disk = { bytes: { used: 1, total: 1000 }, inodes: { used: 95, total: 100 } };
  const result = plan(
    planInput(images, { storage, disk, policy: { disk: { inodes: { high: 94, low: 93 } } } }),
  );
  assert.deepEqual(removed(result), ['many']);
});

test('the benefit is counted anew when what was shared is alone', () => {
  const images = ['a', 'b', 'c'].map((name) => staleImage(name));
  const storage = storageOf({ a: ['base:500', 'a:11'], b: ['base:500'], c: ['c:10'] });
  const disk = { bytes: { used: 1000, total: 1000 }, inodes: FILL.inodes };
  const result = plan(
    planInput(images, { storage, disk, policy: { disk: { bytes: { high: 90, low: 49 } } } }),
  );
  assert.deepEqual(removed(result), ['a', 'b']);
});

test('disk marks without a readable disk remove nothing', () => {
  const result = plan(planInput([staleImage('a')], { policy: { disk: { bytes: { high: 1, low: 0 } } } }));
  assert.deepEqual(removed(result), []);
  assert.equal(result.refusals.length, 1);
});

test('undo is told for each image before anything is done', () => {
  const images = [
    staleImage('a-of-containerd:1'),
    staleImage('b-of-docker:1', { canRestore: false }),
    staleImage('c-built:1', { canRestore: false, isPullable: false }),
  ];
  const undo = (graceMs: number): string[] =>
    plan(planInput(images, { policy: { unpullable: true, graceMs } })).items.map((item) => item.undo);
  assert.deepEqual(undo(1), ['restore', 'pull', 'none']);
  assert.deepEqual(undo(0), ['pull', 'pull', 'none']);
});

test('a plan is known by what it says: another state is another plan, another moment is not', () => {
  const images = [staleImage('a'), staleImage('b')];
  const one = plan(planInput(images));
  assert.equal(plan(planInput(images, { createdAt: 99 })).id, one.id);
  assert.equal(plan(planInput(images.toReversed())).stateHash, one.stateHash);
  const uses = [{ imageId: 'sha256:b', kind: 'container' as const, who: 'container x' }];
  const changed = plan(planInput([staleImage('a'), staleImage('b', { uses })]));
  assert.notEqual(changed.stateHash, one.stateHash);
  assert.notEqual(changed.id, one.id);
});

test('no policy goes beyond the node’s ceilings', () => {
  const ceilings = {
    isRemovalAllowed: true,
    never: ['base/**'],
    minimumAgeMs: 3 * DAY,
    isUnpullableAllowed: false,
    limits: { images: 5, seconds: 60 },
  };
  const asked = {
    ...DEFAULT_POLICY,
    never: ['mine'],
    minimumAgeMs: 0,
    unpullable: true,
    limits: { images: 9, bytes: 7 },
  };
  const policy = withinCeilings(asked, ceilings);
  assert.deepEqual(policy.never, ['mine', 'base/**']);
  assert.equal(policy.minimumAgeMs, 3 * DAY);
  assert.equal(policy.unpullable, false);
  assert.deepEqual(policy.limits, { images: 5, bytes: 7, seconds: 60 });
});

const randomImages = fc
  .array(
    fc.record({
      unusedMs: fc.nat(80 * DAY),
      more: fc.nat(10 * DAY),
      isUsed: fc.boolean(),
      isPinned: fc.boolean(),
      isPullable: fc.boolean(),
      things: fc.subarray(['a:1', 'b:20', 'c:300', 'd:4000']),
    }),
    { maxLength: 12 },
  )
  .map((all) => ({
    images: all.map(({ unusedMs, more, isUsed, isPinned, isPullable }, at) =>
      staleImage(`app-${at % 3}:${at}`, {
        age: { ageMs: unusedMs + more, unusedMs, wasUsed: isUsed },
        uses: isUsed ? [{ imageId: 'x', kind: 'container', who: 'container x' }] : [],
        pinned: isPinned,
        isPullable,
      }),
    ),
    storage: storageOf(Object.fromEntries(all.map(({ things }, at) => [`app-${at % 3}:${at}`, things]))),
  }));

test('whatever the policy: what is used, pinned, unpullable or too new stays, and limits hold', () => {
  const policies = fc.record({
    unusedForMs: fc.nat(40 * DAY),
    minimumAgeMs: fc.nat(40 * DAY),
    keepNewest: fc.nat(3),
    limits: fc.record({ images: fc.nat(5), bytes: fc.nat(5000) }, { requiredKeys: [] }),
  });
  fc.assert(
    fc.property(randomImages, policies, ({ images, storage }, policy) => {
      const result = plan(planInput(images, { storage, policy }));
      const byId = new Map(images.map((image) => [image.imageId, image]));
      assert.equal(result.items.length, images.length);
      const going = result.items.filter(({ action }) => action === 'remove');
      for (const { imageId } of going) {
        const image = byId.get(imageId);
        assert.ok(image?.uses.length === 0 && !image.pinned && image.isPullable);
        assert.ok((image.age?.ageMs ?? 0) >= policy.minimumAgeMs);
        assert.ok((image.age?.unusedMs ?? 0) >= policy.unusedForMs);
      }
      assert.ok(going.length <= (policy.limits.images ?? Infinity));
      assert.ok(result.frees.bytes <= (policy.limits.bytes ?? Infinity));
      assert.ok(result.items.every(({ reasons }) => reasons.length > 0));
    }),
  );
});
