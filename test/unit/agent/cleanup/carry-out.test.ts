import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CleanupError } from '../../../../agent/cleanup/cleanup-error.ts';
import { imageIdOf, MemoryEngine } from '../../../support/memory-engine.ts';
import { applyOrder, ends, HOUR, MemoryNode, RUN } from '../../../support/memory-node.ts';
import { MortalJournals } from '../../../support/mortal-journals.ts';

test('names go, a lease keeps the rest, and the end of the grace period frees it', async (context) => {
  const node = new MemoryNode(context);
  const names = [node.engine.add('app:1', 'm1'), node.engine.add('app@sha256:1', 'm1')];
  const run = await node.apply([names]);
  assert.deepEqual(ends(run), ['quarantined']);
  assert.equal(run.outcome, 'done');
  assert.equal(node.engine.names.size, 0);
  node.engine.collect();
  assert.equal(node.engine.content.get('m1'), 100);

  await node.carryOut({ kind: 'settle' });
  assert.deepEqual(ends(node.run()), ['quarantined']);
  node.time += 2 * HOUR;
  await node.carryOut({ kind: 'settle' });
  assert.deepEqual(ends(node.run()), ['deleted']);
  assert.deepEqual(node.run().images[0]?.measured, { bytes: 100, inodes: 1 });
  assert.equal(node.engine.content.size, 0);
  assert.equal(node.engine.leases.size, 0);
});

test('without a grace period the space is free at the end of the run', async (context) => {
  const node = new MemoryNode(context);
  const run = await node.apply([[node.engine.add('a:1', 'm1')], [node.engine.add('b:1', 'm2', 7)]], {
    graceMs: 0,
  });
  assert.deepEqual(ends(run), ['deleted', 'deleted']);
  assert.deepEqual(
    run.images.map(({ measured }) => measured?.bytes),
    [100, 7],
  );
  assert.equal(node.engine.content.size, 0);
});

test('undo brings an image back by all its names, and only once', async (context) => {
  const node = new MemoryNode(context);
  const before = new Map(node.engine.names);
  const images = [
    [node.engine.add('a:1', 'm1')],
    [node.engine.add('b:1', 'm2'), node.engine.add('b:2', 'm2')],
  ];
  const all = new Map(node.engine.names);
  await node.apply(images);
  assert.deepEqual(node.engine.names, before);
  const request = { issuer: 'root', reason: 'a mistake' };
  const one = await node.carryOut({
    kind: 'undo',
    runId: RUN,
    request: { ...request, imageIds: [imageIdOf('m2')] },
  });
  assert.deepEqual(one, { restored: [imageIdOf('m2')], problems: [] });
  const rest = await node.carryOut({ kind: 'undo', runId: RUN, request });
  assert.deepEqual(rest?.restored, [imageIdOf('m1')]);
  assert.deepEqual(node.engine.names, all);
  assert.equal(node.engine.leases.size, 0);
  assert.deepEqual(ends(node.run()), ['restored: a mistake', 'restored: a mistake']);
  assert.deepEqual((await node.carryOut({ kind: 'undo', runId: RUN, request }))?.restored, []);
});

test('undo after the grace period has nothing to bring back', async (context) => {
  const node = new MemoryNode(context);
  await node.apply([[node.engine.add('a:1', 'm1')]]);
  await node.carryOut({ kind: 'settle', runId: RUN });
  const result = await node.carryOut({ kind: 'undo', runId: RUN, request: { issuer: 'root', reason: '' } });
  assert.deepEqual(result, { restored: [], problems: [] });
  await assert.rejects(node.carryOut({ kind: 'undo', runId: 'other', request: { issuer: '', reason: '' } }), {
    code: 'unknown',
  });
});

test('12: a use that appeared since the plan keeps the image', async (context) => {
  const node = new MemoryNode(context);
  const names = [node.engine.add('a:1', 'm1')];
  node.engine.uses = [{ imageId: imageIdOf('m1'), kind: 'container', who: 'container web' }];
  const run = await node.apply([names]);
  assert.deepEqual(ends(run), ['raced: used by container web since the plan was made']);
  assert.equal(run.outcome, 'failed');
  assert.equal(node.engine.names.size, 1);
});

test('a use told under a manifest’s digest keeps the image too', async (context) => {
  const node = new MemoryNode(context);
  const names = [node.engine.add('a:1', 'm1')];
  node.engine.uses = [{ imageId: 'm1', kind: 'container', who: 'container web' }];
  assert.match(ends(await node.apply([names]))[0] ?? '', /^raced: used by container web/);
});

test('12: a use that appears while names go brings the image back', async (context) => {
  const node = new MemoryNode(context);
  const names = [node.engine.add('a:1', 'm1'), node.engine.add('a:2', 'm1')];
  node.engine.onCall = (call) => {
    if (call === 'remove a:2') {
      node.engine.uses = [{ imageId: imageIdOf('m1'), kind: 'container', who: 'container web' }];
    }
  };
  const run = await node.apply([names, [node.engine.add('b:1', 'm2')]]);
  assert.deepEqual(ends(run), [
    'raced: used by container web, which came while it was removed',
    'quarantined',
  ]);
  assert.equal(run.outcome, 'partial');
  assert.deepEqual([...node.engine.names.keys()], ['k8s.io a:1', 'k8s.io a:2']);
  assert.equal(node.engine.leases.size, 1);
});

test('a name that moved, or a new one, keeps the image', async (context) => {
  const node = new MemoryNode(context);
  const moved = [node.engine.add('a:1', 'm1')];
  const more = [node.engine.add('b:1', 'm2')];
  node.engine.add('a:1', 'm3');
  node.engine.add('b:new', 'm2');
  const gone = [{ engine: 'containerd', namespace: 'k8s.io', name: 'c:1', target: 'm4' } as const];
  const run = await node.apply([moved, more, gone]);
  assert.deepEqual(ends(run), [
    'raced: a:1 points at another image since the plan was made',
    'raced: it was given the name b:new since the plan was made',
    'skipped: it was gone already',
  ]);
  assert.equal(node.engine.names.size, 3);
});

test('16: an engine that says yes and keeps the image is found out', async (context) => {
  const node = new MemoryNode(context);
  const names = [node.engine.add('a:1', 'm1')];
  node.engine.onCall = (call) => {
    // As containerd#7698: removed, and there again when looked for.
    if (call === 'save' && node.engine.names.size === 0) node.engine.names.set('k8s.io a:1', 'm1');
  };
  const run = await node.apply([names]);
  assert.deepEqual(ends(run), ['failed-silently: the engine says a:1 is removed and still lists it']);
});

test('18: one image that fails does not keep the others, and the run is partial', async (context) => {
  const node = new MemoryNode(context);
  const images = ['a', 'b', 'c'].map((name) => [node.engine.add(`${name}:1`, name)]);
  node.engine.onCall = (call) => {
    if (call === 'remove b:1') throw new Error('no answer');
  };
  const run = await node.apply(images);
  assert.deepEqual(ends(run), ['quarantined', 'failed: no answer', 'quarantined']);
  assert.equal(run.outcome, 'partial');
  assert.deepEqual([...node.engine.names.keys()], ['k8s.io b:1']);
});

test('17: when references cannot be read any more, the run stops and the rest stays', async (context) => {
  const node = new MemoryNode(context);
  const images = ['a', 'b', 'c'].map((name) => [node.engine.add(`${name}:1`, name)]);
  node.engine.onCall = (call) => {
    if (call === 'uses' && node.engine.names.size < 3) throw new Error('connection lost');
  };
  const run = await node.apply(images);
  assert.match(ends(run)[0] ?? '', /^failed: connection lost/);
  assert.equal(node.engine.names.size, 3);
});

test('24: time, pressure and a limit of seconds stop a run between two images', async (context) => {
  const node = new MemoryNode(context);
  const images = ['a', 'b', 'c'].map((name) => [node.engine.add(`${name}:1`, name)]);
  node.engine.onCall = (call) => {
    if (call.startsWith('remove')) node.time += 40_000;
  };
  const run = await node.apply(images, { maxSeconds: 60 });
  assert.deepEqual(ends(run), ['quarantined', 'quarantined', 'skipped: the run had its 60 seconds']);
  const other = new MemoryNode(context);
  const order = applyOrder([[other.engine.add('a:1', 'm1')]]);
  await other.carryOut({ kind: 'apply', order }, { pace: async () => 'the disk is too busy' });
  assert.deepEqual(ends(other.run()), ['skipped: the disk is too busy']);
});

test('Docker refuses what is in use, and what it removed stays removed', async (context) => {
  const node = new MemoryNode(context);
  const docker = new MemoryEngine('docker');
  const names = [docker.add('a:1', 'm1', 100, ''), docker.add('b:1', 'm1', 100, '')];
  const remove = docker.removal.remove.bind(docker.removal);
  Object.assign(docker.removal, {
    remove: async (...args: Parameters<typeof remove>): ReturnType<typeof remove> =>
      args[0].name === 'b:1'
        ? { kind: 'in-use', message: 'used by stopped container 17' }
        : await remove(...args),
  });
  const parts = { engines: [docker] };
  await node.carryOut({ kind: 'apply', order: applyOrder([names]) }, parts);
  assert.deepEqual(ends(node.run()), ['untagged: used by stopped container 17; not brought back: a:1']);
  assert.deepEqual([...docker.names.keys()], [' b:1']);
});

test('what the node does not let go any more is told in the receipt', async (context) => {
  const node = new MemoryNode(context);
  const refused = { imageId: 'x', names: ['x:1'], why: 'unused', predicted: { bytes: 1, inodes: 1 } };
  const run = await node.apply([[node.engine.add('a:1', 'm1')]], {
    refused: [{ ...refused, reason: 'kept: used by container web' }],
  });
  assert.deepEqual(ends(run), ['quarantined', 'raced: kept: used by container web']);
  assert.equal(run.outcome, 'partial');
});

test('19: the same run is carried out once', async (context) => {
  const node = new MemoryNode(context);
  await node.apply([[node.engine.add('a:1', 'm1')]]);
  node.engine.add('a:1', 'm1');
  await assert.rejects(node.apply([[node.engine.add('a:1', 'm1')]]), CleanupError);
  assert.equal(node.engine.names.size, 1);
});

test('an undo that is cut off leaves no lease that no journal knows of', async (context) => {
  for (const mortal of ['release', 'restore']) {
    const node = new MemoryNode(context);
    await node.apply([[node.engine.add('a:1', 'm1')]]);
    const request = { issuer: 'root', reason: 'a mistake' };
    node.engine.onCall = (call) => {
      if (call === mortal) throw new Error('connection lost');
    };
    const cut = await node.carryOut({ kind: 'undo', runId: RUN, request });
    assert.deepEqual(cut, { restored: [], problems: ['a:1: connection lost'] });
    assert.deepEqual(ends(node.run()), ['restoring']);
    node.engine.onCall = () => undefined;
    const again = await node.carryOut({ kind: 'undo', runId: RUN, request });
    assert.deepEqual(again, { restored: [imageIdOf('m1')], problems: [] });
    assert.deepEqual(ends(node.run()), ['restored: a mistake']);
    assert.equal(node.engine.leases.size, 0);
  }
});

test('freeing that is cut off is not undone any more, and is freed by whatever comes next', async (context) => {
  for (const mortal of ['release', 'holdings']) {
    const node = new MemoryNode(context);
    await node.apply([[node.engine.add('a:1', 'm1')]]);
    let looks = 0;
    node.engine.onCall = (call) => {
      if (call === 'holdings') looks += 1;
      if (call === mortal && (mortal === 'release' || looks === 2)) throw new Killed();
    };
    await assert.rejects(node.carryOut({ kind: 'settle', runId: RUN }));
    node.engine.onCall = () => undefined;
    assert.deepEqual(ends(node.run()), ['freeing']);
    await node.carryOut({ kind: 'recover' });
    assert.deepEqual(ends(node.run()), ['deleted']);
    assert.equal(node.engine.leases.size, 0);
    assert.equal(node.engine.content.size, 0);
    assert.equal(node.run().outcome, 'done');
  }
});

test('an undo of what is gone for good says so, and keeps nothing else from going on', async (context) => {
  const node = new MemoryNode(context);
  await node.apply([[node.engine.add('a:1', 'm1')]]);
  node.engine.leases.clear();
  node.engine.collect();
  const request = { issuer: 'root', reason: 'a mistake' };
  const result = await node.carryOut({ kind: 'undo', runId: RUN, request });
  assert.deepEqual(result, { restored: [], problems: ['a:1: a:1 is gone for good'] });
  await node.carryOut({ kind: 'recover' });
  assert.deepEqual(ends(node.run()), ['deleted: it could not be brought back: a:1 is gone for good']);
});

test('what is gone for good when a cut-off run is brought to an end keeps nothing else from going on', async (context) => {
  const node = new MemoryNode(context);
  const order = applyOrder([[node.engine.add('a:1', 'm1')]]);
  node.engine.onCall = (call) => {
    if (!['holdings', 'uses', 'save'].includes(call) && node.engine.names.size === 0) throw new Killed();
  };
  const isOver = (): boolean => node.engine.names.size === 0;
  const journals = new MortalJournals(node.journals.folder, () => {
    if (isOver()) throw new Killed();
  });
  await node.carryOut({ kind: 'apply', order }, { journals }).catch(() => undefined);
  assert.equal(node.journals.unfinished().length, 1);
  // The engine was set up anew meanwhile.
  node.engine.onCall = () => undefined;
  node.engine.leases.clear();
  node.engine.collect();
  await node.carryOut({ kind: 'recover' });
  assert.match(ends(node.run())[0] ?? '', /^deleted: the run was cut off, .*a:1 is gone for good/);
  assert.equal(node.run().outcome, 'interrupted');
});

for (const { meanwhile, change, end } of [
  {
    meanwhile: 'its name went to another image',
    change: (engine: MemoryEngine) => void engine.add('a:1', 'm2'),
    end: 'deleted: the run was cut off after its removal',
  },
  {
    meanwhile: 'one of its names went to another image',
    change: (engine: MemoryEngine) => void engine.add('a:2', 'm2'),
    end: 'untagged: the run was cut off; not brought back: a:2',
  },
  {
    meanwhile: 'it got one more name',
    change: (engine: MemoryEngine) => void engine.add('a:3', 'm1'),
    end: 'restored: the run was cut off, and it was brought back',
  },
]) {
  test(`25: what became of an image whose run was cut off, when ${meanwhile}`, async (context) => {
    const node = new MemoryNode(context);
    const two = meanwhile.startsWith('one of');
    const names = [node.engine.add('a:1', 'm1'), ...(two ? [node.engine.add('a:2', 'm1')] : [])];
    node.engine.onCall = () => {
      if (node.engine.names.size === 0) throw new Killed();
    };
    const journals = new MortalJournals(node.journals.folder, () => {
      if (node.engine.names.size === 0) throw new Killed();
    });
    await node.carryOut({ kind: 'apply', order: applyOrder([names]) }, { journals }).catch(() => undefined);
    assert.deepEqual(ends(node.run()), ['removing']);
    node.engine.onCall = () => undefined;
    change(node.engine);
    await node.carryOut({ kind: 'recover' });
    assert.deepEqual(ends(node.run()), [end]);
    assert.equal(node.engine.leases.size, 0);
  });
}

/** Stands for the end of the process, or of the engine: nothing after it happens. */
class Killed extends Error {}
