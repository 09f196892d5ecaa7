import assert from 'node:assert/strict';
import { packagesOf } from '../../../core/merge.ts';
import { parseQuery } from '../../../core/version-range.ts';
import { containerOf, hex, incoming, startNode } from '../fleet.ts';
import {
  type Contract,
  application,
  base,
  first,
  imageItem,
  layered,
  plain,
  storeContent,
} from './samples.ts';

export function contentContract(contract: Contract): void {
  contract('content is lacking until stored, each set of catalogers for itself', async (store) => {
    const otherSet = { ...base.ref, catalogerSet: hex('others') };
    const refs = [base.ref, otherSet, plain.ref];
    assert.deepEqual(await store.lacking(refs), refs);
    await store.putLayerFacts(base.ref, base.facts, 1);
    await store.putLayerFacts(base.ref, base.facts, 2);
    assert.deepEqual(await store.lacking(refs), [otherSet, plain.ref]);
    await store.putComposition(plain.ref, plain.composition, 1);
    assert.deepEqual(await store.lacking(refs), [otherSet]);
    await assert.rejects(store.putLayerFacts(application.ref, base.facts, 1), { code: 'invalid' });
  });

  contract('a composition waits for the facts of all its layers', async (store) => {
    await store.putLayerFacts(base.ref, base.facts, 1);
    assert.deepEqual(await store.putComposition(layered.ref, layered.composition, 1), {
      stored: false,
      why: 'layers',
      missing: [application.ref.key],
    });
    assert.deepEqual(await store.lacking([layered.ref]), [layered.ref]);
  });

  contract('packages of an image are those that merging gives, whichever came first', async (store) => {
    const expected = packagesOf(
      layered.composition,
      (layer, cataloger) =>
        [base, application][layer]?.facts.find((one) => one.cataloger === cataloger)?.facts ?? [],
    );
    await store.applyState('node-a', [incoming(imageItem(layered))], [], 1);
    assert.deepEqual(await store.imagePackages(layered.image.imageId, first), { items: [] });
    assert.equal((await store.image(layered.image.imageId))?.packages, undefined);
    await storeContent(store, layered, plain);
    await store.applyState('node-b', [incoming(imageItem(plain))], [], 2);
    assert.deepEqual((await store.imagePackages(layered.image.imageId, first))?.items, expected);
    assert.equal((await store.image(layered.image.imageId))?.packages, expected.length);
    assert.equal((await store.image(plain.image.imageId))?.packages, 2);
  });

  contract('an image is told with the builds that its layers came from', async (store) => {
    const builds = [{ layer: 1, nvr: 'app-container-1-2', contentSets: ['rhel-9-baseos'] }];
    await store.applyState(
      'node-a',
      [layered, plain].map((one) => incoming(imageItem(one))),
      [],
      1,
    );
    assert.deepEqual((await store.image(layered.image.imageId))?.builds, []);
    await storeContent(store, { ...layered, composition: { ...layered.composition, builds } }, plain);
    assert.deepEqual((await store.image(layered.image.imageId))?.builds, builds);
    assert.deepEqual((await store.image(plain.image.imageId))?.builds, []);
  });

  contract('a node cannot lend an image the packages of another', async (store) => {
    await storeContent(store, plain, layered);
    const lie = imageItem(layered, { composition: plain.ref.key });
    await store.applyState('node-a', [incoming(lie)], [], 1);
    assert.equal((await store.image(layered.image.imageId))?.packages, undefined);
    await store.applyState('node-b', [incoming(imageItem(layered))], [], 1);
    assert.equal((await store.image(layered.image.imageId))?.packages, 4);
  });

  contract('where finds by name, by source package, by purl and by range', async (store) => {
    await storeContent(store, plain, layered);
    const items = [
      imageItem(plain),
      imageItem(layered),
      { kind: 'container', value: containerOf('w', layered.image) } as const,
    ];
    await startNode(store, 'node-a', 1);
    await startNode(store, 'node-b', 1);
    await store.applyState('node-a', items.map(incoming), [], 1);
    await store.applyState('node-b', [incoming(imageItem(plain))], [], 1);

    async function totals(query: string): Promise<readonly number[]> {
      const { totals: found } = await store.where(parseQuery(query), 10);
      return [found.packages, found.images, found.nodes, found.containers, found.running];
    }
    assert.deepEqual(await totals('bash'), [1, 2, 2, 1, 1]);
    assert.deepEqual(await totals('bash <5.2'), [0, 0, 0, 0, 0]);
    assert.deepEqual(await totals('bash >=5.2.15'), [1, 2, 2, 1, 1]);
    assert.deepEqual(await totals('openssl <=3.0.11'), [1, 2, 2, 1, 1]);
    assert.deepEqual(await totals('openssl <3.0.11-1~deb12u2'), [0, 0, 0, 0, 0]);
    assert.deepEqual(await totals('lodash <4.17.21'), [1, 1, 1, 1, 1]);
    assert.deepEqual(await totals('lodash >=4.17.21'), [0, 0, 0, 0, 0]);
    assert.deepEqual(await totals('@babel/core'), [1, 1, 1, 1, 1]);
    assert.deepEqual(await totals('core'), [0, 0, 0, 0, 0]);
    assert.deepEqual(await totals('pkg:npm/%40babel/core@7.24.0'), [1, 1, 1, 1, 1]);
    assert.deepEqual(await totals('pkg:deb/debian/bash'), [1, 2, 2, 1, 1]);
    assert.deepEqual(await totals('pkg:deb/ubuntu/bash'), [0, 0, 0, 0, 0]);
    assert.deepEqual(await totals('pkg:deb/debian/openssl'), [0, 0, 0, 0, 0]);

    const answer = await store.where(parseQuery('openssl'), 10);
    assert.deepEqual(
      answer.images.items.map(({ names }) => names[0]),
      ['web:2', 'plain:1'],
      'what runs comes first',
    );
    assert.deepEqual(answer.images.items[0]?.matches, [
      {
        purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl',
        version: '3.0.11-1~deb12u2',
        matchedBy: 'source',
      },
    ]);
    assert.deepEqual(answer.nodes.items, [
      { node: 'node-a', status: 'connected', images: 2, running: 1 },
      { node: 'node-b', status: 'connected', images: 1, running: 0 },
    ]);
    assert.deepEqual(
      answer.containers.items.map(({ node, name: named, matches }) => [node, named, matches.length]),
      [['node-a', 'w', 1]],
    );
  });
}
