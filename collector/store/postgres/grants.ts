import { contentId } from '../../../proto/codec/content.ts';
import type { ClaimAnswer, ContentClaim } from '../../ingest/ingest-store.ts';
import { grantedOf, unasked, type Standing } from '../standing.ts';
import { StoreError } from '../store-error.ts';
import type { Statements } from './database.ts';
import { grantLeases, ownLeases, runningLeases, type NewLease } from './lease-rows.ts';
import { LEASE_LOCK } from './locks.ts';
import { standingsOf } from './standing-rows.ts';

/** Refs of one transaction, unless a single claim has more: some tens of milliseconds of the database. */
const MOST_REFS = 2048;
/** Claims that wait for theirs: one of each agent, and more. */
const MOST_WAITING = 20_000;

type Transaction = <T>(work: (statements: Statements) => Promise<T>) => Promise<T>;

interface Waiting {
  readonly claim: ContentClaim;
  readonly answer: (answers: readonly ClaimAnswer[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Gives leases, under a lock that all collectors share. Claims that come while it is held are answered together, in the
 * order they came: when a fleet connects there are hundreds, and each would take four round trips while the others wait.
 */
export class Grants {
  readonly #transaction: Transaction;
  #waiting: Waiting[] = [];
  #isWorking = false;

  /** `transaction`: with a deadline of its own, for it is the work of many calls. */
  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** Claims that wait, but for those that are being answered. */
  get size(): number {
    return this.#waiting.length;
  }

  /** An answer to each ref of the claim, in their order. Rejects with a StoreError. */
  ask(claim: ContentClaim): Promise<readonly ClaimAnswer[]> {
    if (this.#waiting.length >= MOST_WAITING)
      return Promise.reject(new StoreError('unavailable', 'too many claims wait for PostgreSQL'));
    const { promise, resolve, reject } = Promise.withResolvers<readonly ClaimAnswer[]>();
    this.#waiting.push({ claim, answer: resolve, fail: reject });
    if (!this.#isWorking) void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, together(this.#waiting));
      try {
        const claims = some.map(({ claim }) => claim);
        const answers = await this.#transaction((statements) => grantAll(statements, claims));
        for (const [at, { answer }] of some.entries()) answer(answers[at] ?? []);
      } catch (error) {
        for (const { fail } of some) fail(error);
      }
    }
    this.#isWorking = false;
  }
}

/** How many of these are answered at once. */
function together(waiting: readonly Waiting[]): number {
  let refs = 0;
  for (const [at, { claim }] of waiting.entries()) {
    refs += claim.offered.length;
    if (refs > MOST_REFS) return Math.max(1, at);
  }
  return waiting.length;
}

async function grantAll(statements: Statements, claims: readonly ContentClaim[]): Promise<ClaimAnswer[][]> {
  const claimed = claims.flatMap(({ node, offered }) => offered.map((one) => ({ node, ...one })));
  // One round trip. All is read under the lock: another collector may have granted before.
  const [, standings, running] = await Promise.all([
    statements.run(`SELECT ${LEASE_LOCK}`),
    standingsOf(statements, claimed),
    runningLeases(statements),
  ]);
  const leases = new Map<string, NewLease>();
  let begun = 0;
  const decided = claims.map(({ node, offered, most, leaseMs }) => {
    const own = offered.map(({ ref }, at) =>
      afterOthers(standings[begun + at], leases.get(contentId(ref)), node),
    );
    begun += offered.length;
    const granted = grantedOf(own, ownLeases(running, node), most);
    return offered.map(({ ref }, at): Standing | undefined => {
      const standing = own[at];
      if (granted[at] !== true || standing?.kind !== 'wanted') return withheld(standing);
      if (!standing.isRenewal && !leases.has(contentId(ref))) running.set(node, (running.get(node) ?? 0) + 1);
      leases.set(contentId(ref), { ref, node, leaseMs });
      return standing;
    });
  });
  const tokens = await grantLeases(statements, [...leases.values()]);
  return claims.map(({ offered }, of) =>
    offered.map(({ ref }, at): ClaimAnswer => {
      const standing = decided[of]?.[at];
      const token = tokens.get(contentId(ref));
      if (standing?.kind !== 'wanted' || token === undefined) return unasked(standing);
      return { kind: 'wanted', token, verify: standing.verify };
    }),
  );
}

/** How a ref stands once the claims before this one have been granted what they get. */
function afterOthers(
  standing: Standing | undefined,
  lease: NewLease | undefined,
  node: string,
): Standing | undefined {
  if (standing?.kind !== 'wanted' || lease === undefined) return standing;
  return lease.node === node ? { ...standing, isRenewal: true } : withheld(standing);
}

/** What is wanted, and not of this node now. */
function withheld(standing: Standing | undefined): Standing | undefined {
  return standing?.kind === 'wanted' ? { kind: standing.verify ? 'held' : 'elsewhere' } : standing;
}
