import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  auditEntry,
  ChainCheck,
  EMPTY_CHAIN,
  nextLink,
  PRUNED,
  type AuditEvent,
  type AuditLink,
  type ChainResult,
} from '../../../core/audit-chain.ts';
import { sha256Hex } from '../../../platform/sha256.ts';

const detail = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 4 });
const events: fc.Arbitrary<AuditEvent> = fc.record(
  {
    at: fc.nat(),
    actor: fc.string(),
    action: fc.constantFrom('command', 'result', 'run'),
    subject: fc.string(),
    outcome: fc.string(),
    detail,
  },
  { requiredKeys: ['at', 'actor', 'action', 'subject', 'detail'] },
);
const chains = fc.array(events, { minLength: 3, maxLength: 12 }).map((list) => chain(list));

function chain(list: readonly AuditEvent[]): AuditLink[] {
  let head = EMPTY_CHAIN;
  return list.map((event) => {
    const link = nextLink(head, event, sha256Hex);
    head = link;
    return link;
  });
}

function check(links: readonly Pick<AuditLink, 'entry' | 'hash'>[]): ChainResult {
  const checking = new ChainCheck(sha256Hex);
  for (const link of links) if (!checking.add(link)) break;
  return checking.result();
}

function event(subject: string, changes: Partial<AuditEvent> = {}): AuditEvent {
  return { at: 5, actor: 'anna', action: 'command', subject, detail: {}, ...changes };
}

test('a chain is whole, and its head is its last hash', () => {
  fc.assert(
    fc.property(chains, (links) => {
      const result = check(links);
      assert.ok(result.kind === 'whole', JSON.stringify(result));
      assert.equal(result.entries, links.length);
      assert.deepEqual(result.head, { sequence: links.length, hash: links.at(-1)?.hash });
    }),
  );
});

test('entries say what was written', () => {
  fc.assert(
    fc.property(events, (one) => {
      const { entry } = nextLink(EMPTY_CHAIN, one, sha256Hex);
      // A prototype is no part of what was written.
      assert.deepEqual(
        auditEntry(entry),
        JSON.parse(JSON.stringify({ ...one, sequence: 1, previous: EMPTY_CHAIN.hash })),
      );
    }),
  );
});

test('an entry that is altered, left out, put in, repeated or moved is found where it stands', () => {
  fc.assert(
    fc.property(chains, fc.nat(), events, (links, place, other) => {
      const at = place % (links.length - 1);
      const [one, next] = [links[at], links[at + 1]];
      assert.ok(one && next);
      const forged = nextLink(at === 0 ? EMPTY_CHAIN : (links[at - 1] ?? EMPTY_CHAIN), other, sha256Hex);
      fc.pre(forged.hash !== one.hash);
      const altered = { ...one, entry: forged.entry };
      assert.equal(brokenAt(links.toSpliced(at, 1, altered)), at + 1);
      assert.equal(brokenAt(links.toSpliced(at, 1, forged)), at + 2, 'with a hash of its own');
      assert.equal(brokenAt(links.toSpliced(at, 2, next, one)), at === 0 ? 3 : at + 1);
      assert.equal(brokenAt(links.toSpliced(at, 0, forged)), at + 2);
      assert.equal(brokenAt(links.toSpliced(at, 0, one)), at + 2);
      if (at > 0) assert.equal(brokenAt(links.toSpliced(at, 1)), at + 1);
    }),
  );
});

function brokenAt(links: readonly Pick<AuditLink, 'entry' | 'hash'>[]): number | undefined {
  const result = check(links);
  return result.kind === 'broken' ? Math.min(result.sequence, links.length) : undefined;
}

test("a node's own log that became shorter is told", () => {
  const result = (actor: string, nodeAuditSequence: number): AuditEvent =>
    event('order', { actor, action: 'result', detail: { nodeAuditSequence } });
  const whole = [result('web-1', 4), result('web-2', 9), result('web-1', 4), result('web-1', 6)];
  assert.ok(!('shortened' in check(chain(whole))));
  const checked = check(chain([...whole, result('web-2', 8), result('web-2', 12)]));
  assert.ok(checked.kind === 'whole');
  assert.deepEqual(checked.shortened, [{ node: 'web-2', sequence: 5, before: 9, now: 8 }]);
});

test('an altered last entry is found by its own hash', () => {
  const links = chain([event('a'), event('b')]);
  const last = links.at(-1);
  assert.ok(last);
  const altered = { ...last, entry: last.entry.replace('"anna"', '"otto"') };
  assert.deepEqual(check(links.with(-1, altered)), {
    kind: 'broken',
    sequence: 2,
    why: 'it was altered: its hash is another',
  });
});

test('a chain may begin later when it says itself that its beginning was removed', () => {
  const [a, b, c] = chain([event('a'), event('b'), event('c')]);
  assert.ok(a && b && c);
  assert.equal(check([b, c]).kind, 'broken');
  const told = nextLink(c, event('old', { action: PRUNED, detail: { upTo: 1, hash: a.hash } }), sha256Hex);
  assert.equal(check([b, c, told]).kind, 'whole');
  const other = nextLink(c, event('old', { action: PRUNED, detail: { upTo: 1, hash: b.hash } }), sha256Hex);
  assert.equal(check([b, c, other]).kind, 'broken');
  assert.equal(check([c, told]).kind, 'broken');
});

test('an empty log is whole', () => {
  assert.deepEqual(check([]), { kind: 'whole', entries: 0, head: EMPTY_CHAIN });
});

test('what only resembles an entry is none', () => {
  const { entry } = nextLink(EMPTY_CHAIN, event('a'), sha256Hex);
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    ` ${entry}`,
    entry.replace('"at":5', '"at":5,"at":5'),
    entry.replace('5', '"5"'),
  ])
    assert.equal(auditEntry(text), undefined, text);
  fc.assert(fc.property(fc.json(), (text) => auditEntry(text) === undefined));
});
