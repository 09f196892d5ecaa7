import { existsSync } from 'node:fs';
import { readAuditLog, type StoredEntry } from '../../agent/state/audit-files.ts';
import { readCollectorAudit } from '../../collector/store/sqlite/read-audit.ts';
import type { ApiClient } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';

/** An audit log that can be read here. */
export interface AuditSource {
  /** Whose it is, for people. */
  readonly title: string;
  /** Its entries, oldest first. May throw on the way. */
  entries(): Iterable<StoredEntry> | AsyncIterable<StoredEntry>;
}

/** A node's own, in the agent's state folder. The agent may go on writing it. Throws a Failure when there is no such folder. */
export function nodeAudit(stateDir: string): AuditSource {
  if (!existsSync(stateDir))
    throw new Failure(EXIT.notFound, `${stateDir} is not there; give the agent's folder with --state-dir`);
  return { title: `the agent's audit log in ${stateDir}`, entries: () => readAuditLog(stateDir) };
}

/** A collector's, in its data folder, whether it runs or not. Throws a Failure when there is no such folder. */
export function collectorAudit(dataDir: string): AuditSource {
  if (!existsSync(dataDir))
    throw new Failure(EXIT.notFound, `${dataDir} is not there; give the collector's folder with --data-dir`);
  return { title: `the collector's audit log in ${dataDir}`, entries: () => readCollectorAudit(dataDir) };
}

/** A collector's, as it tells it itself. */
export function toldAudit(api: ApiClient, address: string): AuditSource {
  return { title: `the audit log of the collector at ${address}`, entries: () => toldEntries(api) };
}

const PAGE = 1000;

async function* toldEntries(api: ApiClient): AsyncGenerator<StoredEntry> {
  for (let from = 0; ;) {
    const { items } = await api.get<{ readonly items: readonly (StoredEntry & { sequence: number })[] }>(
      'audit',
      { from, limit: PAGE },
    );
    yield* items;
    const last = items.at(-1);
    if (last === undefined || items.length < PAGE) return;
    from = last.sequence + 1;
  }
}
