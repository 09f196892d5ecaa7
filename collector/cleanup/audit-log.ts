import {
  ChainCheck,
  EMPTY_CHAIN,
  nextLink,
  PRUNED,
  type AuditEvent,
  type AuditHead,
  type ChainResult,
} from '../../core/audit-chain.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import type { FleetOrders } from '../store/fleet-orders.ts';
import { StoreError } from '../store/store-error.ts';

const BATCH = 1000;
const MOST_WAITING = 10_000;
/** Another collector on the same database may write in between. */
const TRIES = 5;

/** Who ordered what through this collector, in a chain of hashes. */
export class AuditLog {
  readonly #store: Pick<FleetOrders, 'putAudit' | 'lastAudit' | 'audit' | 'removeAudit'>;
  readonly #queue = new SerialQueue(MOST_WAITING);

  constructor(store: Pick<FleetOrders, 'putAudit' | 'lastAudit' | 'audit' | 'removeAudit'>) {
    this.#store = store;
  }

  /** On the disk when fulfilled. `resultsOf`: the commands whose results these tell. Throws a StoreError. */
  async write(events: readonly AuditEvent[], resultsOf: readonly string[] = []): Promise<void> {
    if (events.length === 0) return;
    await this.#queue.run(async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await this.#append(events, resultsOf);
        } catch (error) {
          const isTaken = error instanceof StoreError && error.code === 'invalid';
          if (!isTaken || tries === TRIES) throw error;
        }
      }
    });
  }

  /** Checks the whole chain. */
  async verify(): Promise<ChainResult> {
    const check = new ChainCheck(sha256Hex);
    for await (const record of this.#all()) if (!check.add(record)) break;
    return check.result();
  }

  /** Removes what is older than that, up to the first entry that is not, and says so in the log first. */
  async prune(before: number, at: number): Promise<void> {
    let last: AuditHead | undefined;
    for await (const record of this.#all()) {
      if (record.at >= before) break;
      const { sequence, hash } = record;
      last = { sequence, hash };
    }
    if (last === undefined) return;
    const detail = { upTo: last.sequence, hash: last.hash };
    await this.write([{ at, actor: 'this collector', action: PRUNED, subject: 'audit', detail }]);
    await this.#store.removeAudit(last.sequence);
  }

  async #append(events: readonly AuditEvent[], resultsOf: readonly string[]): Promise<void> {
    let head: AuditHead = (await this.#store.lastAudit()) ?? EMPTY_CHAIN;
    const links = events.map((event) => {
      const link = nextLink(head, event, sha256Hex);
      head = link;
      return link;
    });
    await this.#store.putAudit(links, resultsOf);
  }

  async *#all() {
    for (let from = 0; ;) {
      const batch = await this.#store.audit(from, BATCH);
      yield* batch;
      const last = batch.at(-1);
      if (last === undefined || batch.length < BATCH) return;
      from = last.sequence + 1;
    }
  }
}
