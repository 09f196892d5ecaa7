import { ChainCheck, type ChainResult } from '../../core/audit-chain.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { cleanText } from '../output/table.ts';
import type { AuditSource } from './source.ts';

/**
 * Looks at every entry of a log, up to the first that is not what it should be. `head`: the hash of an entry that was kept
 * elsewhere, and must be among them; a log that was cut off or written anew has it no more.
 */
export async function verifyAudit(source: AuditSource, head?: string): Promise<ChainResult> {
  const check = new ChainCheck(sha256Hex);
  let isThere = head === undefined;
  for await (const stored of source.entries()) {
    if (!check.add(stored)) break;
    isThere ||= stored.hash === head;
  }
  const result = check.result();
  if (isThere || result.kind === 'broken') return result;
  const why = `the entry whose hash is ${head} is not there: the end was cut off, or all was written anew`;
  return { kind: 'broken', sequence: result.head.sequence + 1, why };
}

/** What the check came to, for people. */
export function verdictText(title: string, result: ChainResult): string {
  if (result.kind === 'broken')
    return `${title} is broken at entry ${result.sequence}: ${cleanText(result.why)}.\n`;
  const { entries, first, last, head, shortened = [] } = result;
  if (first === undefined || last === undefined) return `${title} is empty.\n`;
  const lines = [
    `${title} is whole.`,
    `entries  ${entries}`,
    `first    ${first.sequence}  ${new Date(first.at).toISOString()}`,
    `last     ${last.sequence}  ${new Date(last.at).toISOString()}`,
    `head     ${cleanText(head.hash)}`,
    ...shortened.map(
      ({ node, sequence, before, now }) =>
        `! ${cleanText(node)}'s own log became shorter: it had ended at ${before}, and ends at ${now} by entry ${sequence}.`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
