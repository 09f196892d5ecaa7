import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeHoldings } from '../../../../agent/runtimes/holdings.ts';
import {
  planCleanup,
  type PlanCleanupParts,
  type PlannedEngine,
} from '../../../../agent/tasks/plan-cleanup.ts';
import { explain } from '../../../../core/cleanup/explain.ts';
import { DEFAULT_POLICY, type CleanupPolicy } from '../../../../core/cleanup/policy.ts';
import type { Image, ImageName } from '../../../../core/inventory.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { DAY } from '../../../support/cleanup-node.ts';

const OLD = { ageMs: 90 * DAY, unusedMs: 80 * DAY, wasUsed: false };

function image(imageId: string, names: readonly ImageName[], changes: Partial<Image> = {}): Image {
  return {
    imageId,
    names,
    manifestDigests: [],
    os: 'linux',
    architecture: 'amd64',
    diffIds: [],
    sizeBytes: 1,
    labels: {},
    pinned: false,
    ...changes,
  };
}

function name(engine: PlannedEngine['id'], namespace: string, text: string): ImageName {
  return { engine, namespace, name: text, target: `target-of-${text}` };
}

/** An engine that tells of these images; all came from a registry, and can be restored unless it is Docker. */
function engine(
  id: PlannedEngine['id'],
  images: readonly Image[],
  changes: Partial<RuntimeHoldings> = {},
): PlannedEngine {
  const ids = new Set(images.map(({ imageId }) => imageId));
  const holdings: RuntimeHoldings = {
    view: {
      engine: { id, address: '/run/it.sock', status: 'ok' },
      images,
      containers: [],
      leases: [],
      problems: [],
    },
    uses: [],
    storage: { things: new Map(), roots: [] },
    fromRegistry: ids,
    restorable: id === 'docker' ? new Set() : ids,
    leaks: [],
    ...changes,
  };
  return {
    id,
    address: '/run/it.sock',
    reader: {
      holdings: async () => holdings,
      uses: async () => holdings.uses,
      usersMark: async () => '',
    },
  };
}

async function plan(
  engines: readonly PlannedEngine[],
  policy: Partial<CleanupPolicy> = {},
  changes: Partial<PlanCleanupParts> = {},
): ReturnType<typeof planCleanup> {
  const parts: PlanCleanupParts = {
    node: 'node-1',
    now: () => 0,
    hash: sha256Hex,
    engines,
    ceilings: { isRemovalAllowed: true, never: [], minimumAgeMs: 0, isUnpullableAllowed: true, limits: {} },
    ages: (ids) => new Map(ids.map((id) => [id, OLD])),
    ownUses: () => [],
    disk: async () => undefined,
    warnings: () => [],
    ...changes,
  };
  return await planCleanup({ ...DEFAULT_POLICY, ...policy }, parts, new AbortController().signal);
}

async function told(...args: Parameters<typeof plan>): Promise<string[]> {
  return (await plan(...args)).plan.items.map((item) => `${item.imageId} ${explain(item)}`);
}

test('17: an engine that does not answer keeps everything, and is named', async () => {
  const broken: PlannedEngine = {
    ...engine('docker', []),
    reader: {
      holdings: async () => await Promise.reject(new Error('connection refused')),
      uses: async () => [],
      usersMark: async () => '',
    },
  };
  const { plan: result } = await plan([
    engine('containerd', [image('i', [name('containerd', 'k8s.io', 'a:1')])]),
    broken,
  ]);
  assert.deepEqual(
    result.items.map(({ action }) => action),
    ['keep'],
  );
  assert.match(result.refusals[0] ?? '', /docker \(\/run\/it\.sock\) cannot be read: connection refused/);
});

test('no engine at all is no reason to think that nothing is used', async () => {
  assert.match((await plan([])).plan.refusals[0] ?? '', /no container engine/);
});

test('a use that one engine tells under a manifest keeps the image that another holds', async () => {
  const one = image('config', [name('containerd', 'moby', 'a:1')], {
    manifestDigests: ['manifest'],
    diffIds: ['l'],
  });
  const other = image('manifest', [name('docker', '', 'a:1')], {
    manifestDigests: ['manifest'],
    diffIds: ['l'],
  });
  const uses = [{ imageId: 'manifest', kind: 'container', who: 'container web (exited)' } as const];
  assert.deepEqual(await told([engine('containerd', [one]), engine('docker', [other], { uses })]), [
    'config kept: used by container web (exited)',
  ]);
});

test('a container that both engines know is told once', async () => {
  const both = image('i', [name('containerd', 'k8s.io', 'a:1')]);
  const uses = [{ imageId: 'i', kind: 'container', who: 'container web' } as const];
  assert.deepEqual(await told([engine('containerd', [both], { uses }), engine('docker', [both], { uses })]), [
    'i kept: used by container web',
  ]);
});

test('what Docker drives in containerd is removed by Docker’s names, or not at all', async () => {
  const names = [name('containerd', 'moby', 'a:1'), name('docker', '', 'a:1')];
  const { plan: result } = await plan([
    engine('containerd', [image('i', names)]),
    engine('docker', [image('i', names)]),
  ]);
  assert.deepEqual(
    result.items[0]?.names.map(({ engine: id }) => id),
    ['docker'],
  );
  assert.equal(result.items[0]?.undo, 'pull');
  assert.deepEqual(await told([engine('containerd', [image('i', names.slice(0, 1))])]), [
    'i kept: not known well enough: it is Docker’s, whose socket is not given to this agent',
  ]);
});

test('an image can be restored only where every engine that has it can', async () => {
  const own = name('containerd', 'k8s.io', 'a:1');
  const undoOf = async (engines: readonly PlannedEngine[]): Promise<string | undefined> =>
    (await plan(engines)).plan.items[0]?.undo;
  assert.equal(await undoOf([engine('containerd', [image('i', [own])])]), 'restore');
  const both = image('i', [own, name('docker', '', 'a:1')]);
  assert.equal(await undoOf([engine('containerd', [both]), engine('docker', [both])]), 'pull');
});

test('27: images being read, and our own, stay', async () => {
  const ownUses = (): readonly { imageId: string; kind: 'scan'; who: string }[] => [
    { imageId: 'i', kind: 'scan', who: 'a scan of its layers' },
  ];
  assert.deepEqual(await told([engine('containerd', [image('i', [])])], {}, { ownUses }), [
    'i kept: used by a scan of its layers',
  ]);
});

test('an image that the node has no memory of is new', async () => {
  const ages = (): ReadonlyMap<string, never> => new Map<string, never>();
  const [one] = await told([engine('containerd', [image('i', [])])], { minimumAgeMs: DAY }, { ages });
  assert.match(one ?? '', /^i kept: on this node for 0 seconds only/);
});

test('the node’s ceilings hold, and removal that is off is said', async () => {
  const ceilings = {
    isRemovalAllowed: false,
    never: ['a'],
    minimumAgeMs: 0,
    isUnpullableAllowed: false,
    limits: {},
  };
  const { plan: result } = await plan(
    [engine('containerd', [image('i', [name('containerd', 'k8s.io', 'a:1')])])],
    {},
    { ceilings },
  );
  assert.match(explain(result.items[0] ?? assert.fail()), /^kept: protected: a:1/);
  assert.match(result.warnings[0] ?? '', /Removal is off on this node/);
});

test('what cannot be read of an image is told with the plan', async () => {
  const view = {
    engine: { id: 'containerd', address: '', status: 'ok' },
    images: [],
    containers: [],
    leases: [],
    problems: [{ subject: 'k8s.io/broken:1', message: 'its manifest is missing' }],
  } as const;
  const { plan: result } = await plan([engine('containerd', [], { view })]);
  assert.deepEqual(result.warnings, ['k8s.io/broken:1: its manifest is missing']);
});
