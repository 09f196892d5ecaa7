import { existsSync } from 'node:fs';
import { readAuditLog, type StoredEntry } from '../../agent/state/audit-files.ts';
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
