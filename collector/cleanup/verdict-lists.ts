import type { Verdict } from '../../core/cleanup/policy.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { FleetOrders, VerdictListOutline } from '../store/fleet-orders.ts';
import type { AuditLog } from './audit-log.ts';
import { FleetCleanupError } from './fleet-cleanup-error.ts';

/** A named list of images with the reason why each should go. */
export interface VerdictList {
  readonly name: string;
  /** Who last put it. */
  readonly issuer: string;
  /** ms since the epoch. */
  readonly changedAt: number;
  readonly entries: readonly Verdict[];
}

export interface VerdictListParts {
  readonly store: Pick<FleetOrders, 'putDocuments' | 'document' | 'verdictLists' | 'deleteDocument'>;
  readonly audit: AuditLog;
  readonly clock: () => number;
}

interface Written {
  readonly issuer: string;
  readonly entries: readonly Verdict[];
}

/** What fleet plans may take by name into their policy. */
export class VerdictLists {
  readonly #parts: VerdictListParts;

  constructor(parts: VerdictListParts) {
    this.#parts = parts;
  }

  /** Latest made first. */
  async list(page: PageRequest): Promise<Page<VerdictListOutline>> {
    return await this.#parts.store.verdictLists(page);
  }

  async get(name: string): Promise<VerdictList> {
    const found = await this.#parts.store.document('verdict-list', name);
    if (found === undefined) throw unknown(name);
    return { name, changedAt: found.changedAt, ...(found.value as Written) };
  }

  /** Replaces the whole list. */
  async put(name: string, { issuer, entries }: Written): Promise<VerdictList> {
    const { store, audit, clock } = this.#parts;
    const at = clock();
    const detail = { entries: entries.length };
    await audit.write([{ at, actor: issuer, action: 'verdict-list', subject: name, outcome: 'put', detail }]);
    await store.putDocuments([{ kind: 'verdict-list', id: name, value: { issuer, entries } }], at);
    return { name, issuer, changedAt: at, entries };
  }

  async delete(name: string, issuer: string): Promise<void> {
    const { store, audit, clock } = this.#parts;
    await this.get(name);
    const entry = { actor: issuer, action: 'verdict-list', subject: name, outcome: 'deleted', detail: {} };
    await audit.write([{ at: clock(), ...entry }]);
    await store.deleteDocument('verdict-list', name);
  }
}

function unknown(name: string): FleetCleanupError {
  return new FleetCleanupError('not-found', `there is no verdict list ${name}`);
}
