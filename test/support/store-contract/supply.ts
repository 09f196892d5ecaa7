import assert from 'node:assert/strict';
import type { ClaimAnswer, ContentRef } from '../../../collector/ingest/ingest-store.ts';
import { CONTENT_GRACE_MS } from '../../../collector/store/content-grace.ts';
import type { Store } from '../../../collector/store/store.ts';
import { hex } from '../fleet.ts';
import { application, base, first, layered, plain, type Contract } from './samples.ts';

const LEASE_MS = 3_600_000;

interface Asked {
  /** The lease has no time at all: it has lapsed when it is given. */
  readonly lapsed?: boolean;
  readonly verify?: boolean;
  readonly most?: number;
}

function claim(store: Store, node: string, refs: readonly ContentRef[], asked: Asked = {}) {
  const { lapsed = false, verify = false, most = 10 } = asked;
  const offered = refs.map((ref) => ({ ref, verify }));
  return store.claimContent({ node, offered, at: 0, leaseMs: lapsed ? 0 : LEASE_MS, most });
}

/** The lease of the only answer, which must be one. */
function leaseOf(node: string, [answer]: readonly ClaimAnswer[]) {
  assert.ok(answer?.kind === 'wanted');
  return { node, token: answer.token };
}

function kinds(answers: readonly ClaimAnswer[]): string[] {
  return answers.map((answer) => (answer.kind === 'wanted' && answer.verify ? 'verify' : answer.kind));
}

export function supplyContract(contract: Contract): void {
  contract('what is lacking is wanted of one node at a time', async (store) => {
    const refs = [base.ref, plain.ref];
    await store.putLayerFacts(application.ref, application.facts, 1);
    const answers = await claim(store, 'node-a', [application.ref, ...refs], { lapsed: true });
    assert.deepEqual(kinds(answers), ['held', 'wanted', 'wanted']);
    assert.deepEqual(kinds(await claim(store, 'node-b', refs)), ['wanted', 'wanted']);
    assert.deepEqual(kinds(await claim(store, 'node-a', refs)), ['elsewhere', 'elsewhere']);
  });

  contract('tokens only rise, and content under a passed one is not stored', async (store) => {
    const lapsed = leaseOf('node-a', await claim(store, 'node-a', [base.ref], { lapsed: true }));
    const current = leaseOf('node-b', await claim(store, 'node-b', [base.ref]));
    assert.ok(current.token > lapsed.token);
    const refused = { stored: false, why: 'lease' };
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 1, lapsed), refused);
    const stolen = { node: 'node-a', token: current.token };
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 1, stolen), refused);
    const elsewhere = leaseOf('node-b', await claim(store, 'node-b', [application.ref]));
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 1, elsewhere), refused);
    assert.deepEqual(await store.lacking([base.ref]), [base.ref]);
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 1, current), { stored: true });
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 1, lapsed), { stored: true });
    const later = leaseOf('node-c', await claim(store, 'node-c', [plain.ref]));
    assert.ok(later.token > elsewhere.token, 'also after earlier ones have gone');
  });

  contract('a lapsed lease is good as long as nobody else got it', async (store) => {
    const lease = leaseOf('node-a', await claim(store, 'node-a', [base.ref], { lapsed: true }));
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 10, lease), { stored: true });
  });

  contract('the same node gets its lease anew, others once it is released', async (store) => {
    const old = leaseOf('node-a', await claim(store, 'node-a', [base.ref]));
    const current = leaseOf('node-a', await claim(store, 'node-a', [base.ref]));
    await store.releaseLeases([old.token, old.token + 1000]);
    assert.deepEqual(kinds(await claim(store, 'node-b', [base.ref])), ['elsewhere']);
    await store.releaseLeases([current.token]);
    assert.deepEqual(kinds(await claim(store, 'node-b', [base.ref])), ['wanted']);
  });

  contract('at most so many leases run', async (store) => {
    assert.deepEqual(kinds(await claim(store, 'node-b', [plain.ref], { most: 1, lapsed: true })), ['wanted']);
    const answers = await claim(store, 'node-a', [base.ref, application.ref], { most: 1 });
    assert.deepEqual(kinds(answers), ['wanted', 'elsewhere']);
    assert.deepEqual(kinds(await claim(store, 'node-b', [plain.ref], { most: 1 })), ['elsewhere']);
  });

  contract('no node has more leases than it leaves to others, and keeps those that it has', async (store) => {
    const refs = Array.from({ length: 20 }, (_, at) => ({
      ...base.ref,
      key: `sha256:${hex(`layer ${at}`)}`,
    }));
    async function wantedOf(node: string, offered: readonly ContentRef[]): Promise<number> {
      const answers = kinds(await claim(store, node, offered, { most: 8 }));
      return answers.filter((kind) => kind === 'wanted').length;
    }
    assert.equal(await wantedOf('greedy', refs), 4);
    assert.equal(await wantedOf('greedy', refs), 4, 'the same ones anew');
    assert.equal(await wantedOf('greedy', refs.slice(4)), 0);
    assert.equal(await wantedOf('node-b', refs), 2);
    assert.equal(await wantedOf('node-c', refs), 1);
    assert.equal(await wantedOf('node-d', refs), 1);
    assert.equal(await wantedOf('node-e', refs), 0);
    assert.equal(await wantedOf('greedy', refs.slice(0, 3)), 3, 'even when none is free');
  });

  contract('what a node heard is held stays until it can have reported what needs it', async (store) => {
    const policy = { historyMs: 1e9, historyRows: 1000, eventMs: 1e9, nodeMs: 1e9, contentMs: 5 };
    let at = 100;
    async function pruned(): Promise<readonly number[]> {
      at += CONTENT_GRACE_MS;
      const { compositions, layers } = await store.prune(policy, at);
      return [compositions, layers];
    }
    const asked = (node: string) => claim(store, node, [base.ref, plain.ref]).then(kinds);
    await store.putLayerFacts(base.ref, base.facts, 1);
    await store.putComposition(plain.ref, plain.composition, 1);
    assert.deepEqual(await asked('node-a'), ['held', 'held']);
    assert.deepEqual(await pruned(), [0, 0]);
    assert.deepEqual(await asked('node-b'), ['held', 'held'], 'so it is not removed next');
    assert.deepEqual(await pruned(), [0, 0]);
    assert.deepEqual(await store.putComposition(plain.ref, plain.composition, 2), { stored: true });
    assert.deepEqual(await pruned(), [0, 0], 'nor what a node heard is stored');
    assert.deepEqual(await pruned(), [1, 0], 'nobody asked');
    assert.deepEqual(await asked('node-a'), ['held', 'wanted']);
    assert.deepEqual(await pruned(), [0, 0]);
    assert.deepEqual(await store.putLayerFacts(base.ref, base.facts, 2), { stored: true });
    assert.deepEqual(await pruned(), [0, 0]);
    assert.deepEqual(await pruned(), [0, 1]);
    assert.equal((await asked('node-b'))[0], 'wanted');
  });

  contract('a composition is stored under its lease too', async (store) => {
    await store.putLayerFacts(base.ref, base.facts, 1);
    const lapsed = leaseOf('node-a', await claim(store, 'node-a', [plain.ref], { lapsed: true }));
    const current = leaseOf('node-b', await claim(store, 'node-b', [plain.ref]));
    assert.deepEqual(await store.putComposition(plain.ref, plain.composition, 1, lapsed), {
      stored: false,
      why: 'lease',
    });
    assert.deepEqual(await store.putComposition(plain.ref, plain.composition, 1, current), { stored: true });
    const early = leaseOf('node-b', await claim(store, 'node-b', [layered.ref]));
    assert.deepEqual(await store.putComposition(layered.ref, layered.composition, 1, early), {
      stored: false,
      why: 'layers',
      missing: [application.ref.key],
    });
  });

  contract('what was stored of a layer can be read back, with who supplied it', async (store) => {
    assert.equal(await store.suppliedFacts(base.ref), undefined);
    const lease = leaseOf('node-a', await claim(store, 'node-a', [base.ref]));
    await store.putLayerFacts(base.ref, base.facts, 1, lease);
    assert.deepEqual(
      await store.suppliedFacts(base.ref),
      base.facts.map((facts) => ({ node: 'node-a', facts })),
    );
    await store.putLayerFacts(application.ref, application.facts, 1);
    assert.deepEqual(await store.suppliedFacts(application.ref), [{ node: '', facts: application.facts[0] }]);
  });

  contract('a stored layer is verified once, by a node that supplied none of it', async (store) => {
    const supplied = leaseOf('node-a', await claim(store, 'node-a', [base.ref], { verify: true }));
    await store.putLayerFacts(base.ref, base.facts, 1, supplied);
    const verify = { verify: true };
    assert.deepEqual(kinds(await claim(store, 'node-a', [base.ref], verify)), ['held']);
    assert.deepEqual(kinds(await claim(store, 'node-b', [base.ref])), ['held']);
    assert.deepEqual(kinds(await claim(store, 'node-b', [base.ref], { ...verify, most: 0 })), ['held']);
    const asked = await claim(store, 'node-b', [base.ref], verify);
    assert.deepEqual(kinds(asked), ['verify']);
    assert.deepEqual(kinds(await claim(store, 'node-c', [base.ref], verify)), ['held']);

    const lease = leaseOf('node-b', asked);
    const wrong = { node: 'node-c', token: lease.token };
    assert.equal(await store.putVerification({ ref: base.ref, lease: wrong, at: 20 }), false);
    assert.deepEqual(await store.verifications({}, first), { items: [] });
    assert.equal(await store.putVerification({ ref: base.ref, lease, at: 20 }), true);
    assert.equal(await store.putVerification({ ref: base.ref, lease, at: 30 }), false);
    assert.deepEqual(kinds(await claim(store, 'node-c', [base.ref], verify)), ['held']);
    assert.deepEqual((await store.verifications({}, first)).items, [
      {
        diffId: base.ref.key,
        catalogerSet: base.ref.catalogerSet,
        node: 'node-b',
        outcome: 'same',
        at: 20,
      },
    ]);
  });

  contract('differences between two nodes are listed, latest first', async (store) => {
    const difference = {
      cataloger: 'npm',
      version: 2,
      suppliedBy: 'node-a',
      path: 'app/package.json',
      stored: '{"name":"a"}',
      computed: '',
    };
    await store.putLayerFacts(base.ref, base.facts, 1);
    await store.putLayerFacts(application.ref, application.facts, 1);
    const verify = { verify: true };
    const one = leaseOf('node-b', await claim(store, 'node-b', [base.ref], verify));
    await store.putVerification({ ref: base.ref, lease: one, at: 5 });
    const other = leaseOf('node-c', await claim(store, 'node-c', [application.ref], verify));
    await store.putVerification({ ref: application.ref, lease: other, at: 6, difference });
    const all = await store.verifications({}, first);
    assert.deepEqual(
      all.items.map(({ node, outcome }) => [node, outcome]),
      [
        ['node-c', 'different'],
        ['node-b', 'same'],
      ],
    );
    assert.deepEqual((await store.verifications({ outcome: 'different' }, first)).items, [
      {
        diffId: application.ref.key,
        catalogerSet: application.ref.catalogerSet,
        node: 'node-c',
        outcome: 'different',
        at: 6,
        difference,
      },
    ]);
    assert.equal((await store.verifications({ outcome: 'same' }, { limit: 1 })).items.length, 1);
    assert.deepEqual(await store.suppliedFacts(application.ref), [{ node: '', facts: application.facts[0] }]);
  });

  contract(
    'a difference that somebody acknowledged is open no more; a new one in that layer is',
    async (store) => {
      const difference = {
        cataloger: 'npm',
        version: 2,
        suppliedBy: 'node-a',
        path: 'app/package.json',
        stored: '',
        computed: 'b',
      };
      async function differ(ref: ContentRef, at: number): Promise<void> {
        await store.putLayerFacts(ref, [], 1);
        const lease = leaseOf('node-b', await claim(store, 'node-b', [ref], { verify: true }));
        assert.ok(await store.putVerification({ ref, lease, at, difference }));
      }
      async function seen(outcome?: 'open' | 'different'): Promise<readonly unknown[]> {
        const { items } = await store.verifications(outcome === undefined ? {} : { outcome }, first);
        return items.map(({ diffId, at, acknowledged }) => [diffId, at, acknowledged]);
      }
      const layer = base.ref.key;
      const next = { ...base.ref, catalogerSet: 'e'.repeat(64) };
      await differ(base.ref, 5);
      await differ(application.ref, 6);
      assert.deepEqual(await store.differencesOf('sha256:none'), []);
      await store.acknowledgeDifferences('sha256:none', 100, { by: 'anna', at: 50 });
      await store.acknowledgeDifferences(layer, 4, { by: 'anna', at: 50 });
      assert.equal((await seen('open')).length, 2, 'what came later than was seen is not acknowledged');

      const known = { by: 'anna', at: 50, reason: 'its clock was wrong' };
      await store.acknowledgeDifferences(layer, 5, known);
      assert.deepEqual(await seen('open'), [[application.ref.key, 6, undefined]]);
      assert.deepEqual(await seen('different'), [
        [application.ref.key, 6, undefined],
        [layer, 5, known],
      ]);
      await store.acknowledgeDifferences(layer, 5, { by: 'berta', at: 60 });
      await differ(next, 7);
      assert.deepEqual(await seen('open'), [
        [layer, 7, undefined],
        [application.ref.key, 6, undefined],
      ]);
      assert.deepEqual(
        (await store.differencesOf(layer)).map(({ at, acknowledged }) => [at, acknowledged]),
        [
          [7, undefined],
          [5, known],
        ],
      );
    },
  );
}
