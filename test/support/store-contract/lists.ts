import assert from 'node:assert/strict';
import { parseQuery } from '../../../core/version-range.ts';
import type { Page, PageRequest } from '../../../collector/store/page.ts';
import { makeFleet, startNode, storeFleet } from '../fleet.ts';
import { type Contract, everyItem } from './samples.ts';

export function listsContract(contract: Contract): void {
  contract('lists page without loss or repetition, whatever the size of a page', async (store) => {
    const nodes = 7;
    const fleet = makeFleet({
      seed: 3,
      nodes,
      images: 9,
      imagesPerNode: 5,
      containersPerNode: 6,
      processesPerNode: 5,
      packages: 9,
    });
    await storeFleet(store, fleet, nodes);
    const query = parseQuery('openssl');
    const node = fleet.nodeName(2);
    const image = fleet.images[0]?.image.imageId ?? '';
    const lists: ((page: PageRequest) => Promise<Page<unknown> | undefined>)[] = [
      (page) => store.nodes(page),
      (page) => store.nodeImages(node, page),
      (page) => store.nodeContainers(node, page),
      (page) => store.nodeProcesses(node, page),
      (page) => store.nodePackages(node, page),
      (page) => store.images(page),
      (page) => store.imagePackages(image, page),
      (page) => store.imageNodes(image, page),
      (page) => store.imageContainers(image, page),
      (page) => store.packages({}, page),
      (page) => store.packages({ name: 'lib*', type: 'deb' }, page),
      (page) => store.packages({ name: 'lodash' }, page),
      (page) => store.whereImages(query, page),
      (page) => store.whereContainers(query, page),
      (page) => store.whereNodes(query, page),
      (page) => store.history({}, page),
      (page) => store.history({ node, kind: 'container' }, page),
    ];
    for (const [at, list] of lists.entries()) {
      const whole = (await list({ limit: 1000 }))?.items;
      assert.ok(whole !== undefined && whole.length > 0, `list ${at} is empty`);
      for (const limit of [1, 2, 3]) assert.deepEqual(await everyItem(list, limit), whole, `list ${at}`);
    }
    const { totals, containers, images } = await store.where(query, 1000);
    assert.equal(containers.items.length, totals.containers);
    assert.equal(images.items.length, totals.images);
    assert.equal(containers.items.filter(({ state }) => state === 'running').length, totals.running);
    const states = containers.items.map(({ state }) => state);
    assert.ok(!states.slice(states.indexOf('exited')).includes('running'), 'running containers come first');
  });

  contract('verdict lists are counted, not read, the latest made first', async (store) => {
    const reason = 'any "text", \u0000 or \ud800';
    const put = (id: string, issuer: string, count: number, at: number): Promise<void> => {
      const entries = Array.from({ length: count }, (_, entry) => ({ digest: `sha256:${entry}`, reason }));
      return store.putDocuments([{ kind: 'verdict-list', id, value: { issuer, entries } }], at);
    };
    await put('old', 'anna', 3, 1);
    await put('b', 'Änne "B" \\', 0, 2);
    await put('a', 'bert', 700, 2);
    await put('old', 'bert', 2, 3);
    await store.putDocuments([{ kind: 'rollout', id: 'r', value: { issuer: 'anna', entries: [1] } }], 9);
    const all = (await store.verdictLists({ limit: 9 })).items;
    assert.deepEqual(
      all.map(({ name, changedAt, entries }) => [name, changedAt, entries]),
      [
        ['a', 2, 700],
        ['b', 2, 0],
        ['old', 3, 2],
      ],
    );
    assert.deepEqual(
      all.map(({ issuer }) => issuer),
      ['bert', 'Änne "B" \\', 'bert'],
    );
    assert.deepEqual(await everyItem((page) => store.verdictLists(page), 1), all);
  });

  contract('a list that grows between pages repeats and drops nothing', async (store) => {
    for (const node of ['b', 'd', 'f']) await startNode(store, node, 1);
    const page = await store.nodes({ limit: 2 });
    for (const node of ['a', 'c', 'e', 'g']) await startNode(store, node, 2);
    const rest = await store.nodes({ limit: 100, cursor: page.next ?? '' });
    assert.deepEqual(
      [...page.items, ...rest.items].map(({ node }) => node),
      ['b', 'd', 'e', 'f', 'g'],
    );
  });

  contract('a cursor of another list is refused', async (store) => {
    await startNode(store, 'a', 1);
    await startNode(store, 'b', 1);
    const { next } = await store.nodes({ limit: 1 });
    assert.ok(next !== undefined);
    for (const cursor of [next, 'garbage', '', 'e30']) {
      await assert.rejects(store.history({}, { limit: 1, cursor }), {
        name: 'StoreError',
        code: 'invalid-cursor',
      });
    }
  });
}
