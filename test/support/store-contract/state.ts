import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stateKey, type StateItem } from '../../../core/inventory.ts';
import { bucketOf, StateTree } from '../../../core/state-tree.ts';
import { sha256 } from '../../../platform/sha256.ts';
import { containerOf, incoming, makeFleet, startNode } from '../fleet.ts';
import { type Contract, first, imageItem, layered, NO_HASHES, plain, storeContent } from './samples.ts';

export function stateContract(contract: Contract): void {
  contract('state of a node nobody knows is empty', async (store) => {
    assert.deepEqual(await store.bucketHashes('nobody'), NO_HASHES);
    assert.deepEqual(await store.bucketItems('nobody', [0, 255]), []);
  });

  contract(
    'the hashes follow any sequence of changes, and changes tell what they replaced',
    async (store) => {
      const fleet = makeFleet({
        seed: 7,
        nodes: 1,
        images: 6,
        imagesPerNode: 6,
        containersPerNode: 6,
        processesPerNode: 4,
        packages: 3,
      });
      const items = fleet.state(0);
      const held = new Map<string, Uint8Array>();
      const tree = new StateTree(sha256);
      let clock = 0;
      const change = fc.record({
        upserts: fc.array(fc.tuple(fc.nat(items.length - 1), fc.nat(2)), { maxLength: 5 }),
        deletes: fc.array(fc.nat(items.length - 1), { maxLength: 3 }),
      });
      const steps = fc.asyncProperty(change, async ({ upserts, deletes }) => {
        clock += 1;
        const chosen = new Map(upserts.map(([at, turn]) => [at, turn]));
        const changed = [...chosen].map(([at, turn]) => incoming(varied(items[at], turn)));
        const gone = [...new Set(deletes)]
          .filter((at) => !chosen.has(at))
          .map((at) => incoming(varied(items[at], 0)).key);
        const replaced = await store.applyState('node-a', changed, gone, clock);

        const expected = [...changed.map(({ key }) => key), ...gone].filter((key) => held.has(key));
        assert.deepEqual(
          replaced.map(({ key, hash }) => [key, hex2(hash)]),
          expected.map((key) => [key, hex2(held.get(key))]),
        );
        for (const { key, hash } of replaced) tree.toggle(bucketOf(sha256, key), hash);
        for (const { key, hash } of changed) tree.toggle(bucketOf(sha256, key), hash);
        for (const key of gone) held.delete(key);
        for (const { key, hash } of changed) held.set(key, hash);
        assert.deepEqual(await store.bucketHashes('node-a'), tree.buckets());
        const all = await store.bucketItems(
          'node-a',
          Array.from({ length: 256 }, (_, at) => at),
        );
        assert.deepEqual(
          all.map(({ key, hash }) => `${key} ${hex2(hash)}`).sort(),
          [...held].map(([key, hash]) => `${key} ${hex2(hash)}`).sort(),
        );
      });
      await fc.assert(steps, { numRuns: 60 });
      const [some] = held.keys();
      if (some === undefined) return;
      const bucket = bucketOf(sha256, some);
      const inBucket = await store.bucketItems('node-a', [bucket, -1, 256]);
      assert.ok(inBucket.some(({ key }) => key === some));
      assert.ok(inBucket.every(({ key }) => bucketOf(sha256, key) === bucket));
    },
  );

  contract('a key that is no item of the node removes nothing', async (store) => {
    const fleet = makeFleet({
      seed: 3,
      nodes: 1,
      images: 1,
      imagesPerNode: 1,
      containersPerNode: 1,
      processesPerNode: 1,
      packages: 1,
    });
    const items = fleet.state(0).map(incoming);
    await store.applyState('node-a', items, [], 1);
    const before = await store.bucketHashes('node-a');
    const strange = items.flatMap(({ key }) => [
      `${key}.5`,
      `${key}/`,
      `0${key}`,
      key.replace(/\/(?=\d)/, '/0'),
    ]);
    const others = strange.filter((key) => !items.some((item) => item.key === key));
    assert.deepEqual(await store.applyState('node-a', [], others, 2), []);
    assert.deepEqual(await store.bucketHashes('node-a'), before);
  });

  contract('an item that does not fit its key stores nothing', async (store) => {
    const good = incoming(imageItem(plain));
    const bad = { ...incoming(imageItem(layered)), key: 'image/other' };
    await assert.rejects(store.applyState('node-a', [good, bad], [], 1), {
      name: 'StoreError',
      code: 'invalid',
    });
    assert.deepEqual(await store.bucketHashes('node-a'), NO_HASHES);
    assert.deepEqual(await store.applyState('node-a', [], ['nonsense', 'image/', 'process/x/y/z/1'], 1), []);
  });

  contract('what a node reports comes back as it was', async (store) => {
    const { image } = layered;
    const container = containerOf('web-1', image, {
      pod: { name: 'web', namespace: 'default', uid: 'uid-1' },
      privileged: false,
      pid: 77,
      snapshotter: 'overlayfs',
      snapshotKey: 'key',
    });
    const fleet = makeFleet({
      seed: 1,
      nodes: 1,
      images: 1,
      imagesPerNode: 0,
      containersPerNode: 0,
      processesPerNode: 1,
      packages: 1,
    });
    const [host, process] = fleet.state(0);
    assert.ok(host?.kind === 'host' && process?.kind === 'process');
    const attributed = {
      ...process.value,
      containerId: container.id,
      imageId: image.imageId,
      podUid: 'uid-1',
    };
    const items: StateItem[] = [
      host,
      imageItem(layered, { pinned: true, lastUsed: 5, problem: 'layer 2 is gone' }),
      { kind: 'container', value: container },
      { kind: 'process', value: attributed },
    ];
    await startNode(store, 'node-a', 1);
    await store.applyState('node-a', items.map(incoming), [], 1);
    assert.deepEqual((await store.node('node-a'))?.host, host.value);
    assert.deepEqual((await store.node('node-a'))?.counts, {
      images: 1,
      containers: 1,
      running: 1,
      processes: 1,
    });
    assert.deepEqual((await store.nodeContainers('node-a', first))?.items, [
      { node: 'node-a', ...container },
    ]);
    assert.deepEqual((await store.nodeProcesses('node-a', first))?.items, [
      { node: 'node-a', ...attributed },
    ]);
    assert.deepEqual((await store.nodeImages('node-a', first))?.items, [
      {
        imageId: image.imageId,
        names: image.names,
        os: 'linux',
        architecture: 'amd64',
        builtAt: 0,
        sizeBytes: 50_000_000,
        pinned: true,
        firstSeen: image.firstSeen,
        lastUsed: 5,
        problem: 'layer 2 is gone',
        containers: 1,
        running: 1,
      },
    ]);
    assert.equal(await store.nodeImages('nobody', first), undefined);
    assert.equal(await store.imagePackages('sha256:nothing', first), undefined);
  });

  contract('spread counts nodes and containers as they come, change and go', async (store) => {
    await storeContent(store, plain);
    const id = plain.image.imageId;
    const container = containerOf('one', plain.image);
    const items = [imageItem(plain), { kind: 'container', value: container } as const].map(incoming);
    await store.applyState('node-a', items, [], 1);
    await store.applyState('node-b', items, [], 1);
    assert.deepEqual((await store.image(id))?.spread, { nodes: 2, containers: 2, running: 2 });
    const stopped: StateItem = { kind: 'container', value: { ...container, state: 'exited' } };
    await store.applyState('node-b', [incoming(stopped)], [], 2);
    assert.deepEqual((await store.image(id))?.spread, { nodes: 2, containers: 2, running: 1 });
    await store.applyState(
      'node-a',
      [],
      items.map(({ key }) => key),
      3,
    );
    assert.deepEqual((await store.image(id))?.spread, { nodes: 1, containers: 1, running: 0 });
    assert.deepEqual(
      (await store.imageNodes(id, first))?.items.map(({ node }) => node),
      ['node-b'],
    );
  });

  contract('history holds what came and went, latest change first', async (store) => {
    await startNode(store, 'node-a', 1);
    const container = containerOf('one', plain.image);
    const items = [imageItem(plain), { kind: 'container', value: container } as const].map(incoming);
    await store.applyState('node-a', items, [], 10);
    const changed: StateItem = { kind: 'container', value: { ...container, state: 'exited' } };
    await store.applyState('node-a', [incoming(changed)], [], 20);
    await store.applyState('node-a', [], [incoming(changed).key], 30);
    const life = {
      node: 'node-a',
      kind: 'container',
      key: stateKey(changed),
      summary: 'one (plain:1)',
      appearedAt: 10,
      goneAt: 30,
    };
    const image = {
      node: 'node-a',
      kind: 'image',
      key: `image/${plain.image.imageId}`,
      summary: 'plain:1',
      appearedAt: 10,
    };
    assert.deepEqual((await store.history({}, first)).items, [life, image]);
    assert.deepEqual((await store.history({ kind: 'image' }, first)).items, [image]);
    assert.deepEqual((await store.history({ since: 20 }, first)).items, [life]);
    assert.deepEqual((await store.history({ node: 'node-b' }, first)).items, []);
    await store.applyState('node-a', [incoming(changed)], [], 40);
    assert.equal((await store.history({ kind: 'container' }, first)).items.length, 2, 'a second life');
  });
}

/** The same item, saying something else each turn. */
function varied(item: StateItem | undefined, turn: number): StateItem {
  assert.ok(item !== undefined);
  switch (item.kind) {
    case 'host':
      return { kind: 'host', value: { ...item.value, hostname: `host-${turn}` } };
    case 'image':
      return { kind: 'image', value: { ...item.value, sizeBytes: turn } };
    case 'container':
      return { kind: 'container', value: { ...item.value, state: turn === 0 ? 'running' : 'exited' } };
    case 'process':
      return { kind: 'process', value: { ...item.value, command: `turn-${turn}` } };
  }
}

function hex2(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
