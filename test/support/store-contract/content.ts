import assert from 'node:assert/strict';
import type { Fact } from '../../../core/facts.ts';
import { packagesOf } from '../../../core/merge.ts';
import { parseQuery } from '../../../core/version-range.ts';
import { decodeLayerFacts, encodeLayerFacts } from '../../../proto/codec/layer-facts.ts';
import { containerOf, hex, imageOf, incoming, layerContent, startNode } from '../fleet.ts';
import { resultOf } from '../steps.ts';
import {
  type Contract,
  application,
  base,
  everyItem,
  first,
  imageItem,
  layered,
  plain,
  storeContent,
} from './samples.ts';

/** What languages, databases and purls take for something else. */
const ODD_TEXTS = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'NaN', '0', '-1', ' ', '.', '..'],
  ...[
    'a\0b',
    '\0',
    '\\u0000',
    '\ud800',
    'a\udc00',
    '\ufffd',
    '\u202e',
    '\ufeff',
    '\u{1f600}',
    '\n',
    '\r\n',
    '\u2028',
  ],
  ...[
    "'",
    '"',
    '\\',
    '\\x00',
    '{',
    '}',
    '{}',
    '{"a":1}',
    ',',
    '%',
    '%00',
    '%ff',
    '_',
    '*',
    '?',
    '#',
    '@',
    '/',
    '&=',
    '$1',
  ],
  ...[
    "'; DROP TABLE packages; --",
    '\u0130',
    '\u00df',
    'A',
    'a',
    'é',
    'e\u0301',
    'x'.repeat(20_000),
    '\u4e2d'.repeat(3000),
  ],
];
/** Characters; longer ones are listed but not searched. */
const LONGEST_SEARCHED = 500;

/** Every text in every place of a package. */
function oddFacts(): Fact[] {
  return ODD_TEXTS.map((text, at) => {
    const plainly = { type: 'npm', name: `n${at}`, version: '1' } as const;
    return {
      // No name has a NUL.
      path: `srv/${at}${text.replaceAll('\0', '')}/package.json`,
      status: 'found',
      truncated: text,
      packages: [
        { ...plainly, name: text },
        { ...plainly, version: text },
        { ...plainly, namespace: text },
        { ...plainly, source: { name: text, version: text }, vendor: text, inside: text, licenses: [text] },
        { ...plainly, architecture: text, dependencies: [text], modularity: text },
        { ...plainly, qualifiers: { [`q${at}`]: text, constructor: text }, distribution: { id: text } },
      ],
    };
  });
}

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

  contract('packages whose texts nobody expects are told as merging gives them', async (store) => {
    const layer = layerContent('odd', [{ cataloger: 'npm', version: 2, facts: oddFacts() }]);
    const diffId = layer.ref.key;
    // As it comes from an agent.
    const facts = decodeLayerFacts(diffId, resultOf(encodeLayerFacts(diffId, layer.facts)));
    const image = imageOf('odd:1', [{ ...layer, facts }]);
    const expected = packagesOf(image.composition, () => facts[0]?.facts ?? []);
    assert.ok(expected.length > ODD_TEXTS.length);
    await store.putLayerFacts(layer.ref, facts, 1);
    assert.deepEqual(await store.putComposition(image.ref, image.composition, 1), { stored: true });
    await store.applyState('node-a', [incoming(imageItem(image))], [], 1);
    const found = await everyItem((page) => store.imagePackages(image.image.imageId, page), 7);
    assert.deepEqual(found, expected);
    for (const { purl } of expected.slice(0, 20)) {
      const { totals } = await store.where(parseQuery(purl), 1);
      assert.ok(purl.length > LONGEST_SEARCHED || totals.packages > 0, purl);
    }
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
