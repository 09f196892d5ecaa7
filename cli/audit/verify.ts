import { ChainCheck, type ChainResult } from '../../core/audit-chain.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import type { AuditSource } from './source.ts';

/** Looks at every entry of a log, up to the first that is not what it should be. */
export async function verifyAudit(source: AuditSource): Promise<ChainResult> {
  const check = new ChainCheck(sha256Hex);
  for await (const stored of source.entries()) if (!check.add(stored)) break;
  return check.result();
}

/** What the check came to, for people. */
export function verdictText(title: string, result: ChainResult): string {
  if (result.kind === 'broken') return `${title} is broken at entry ${result.sequence}: ${result.why}.\n`;
  const { entries, first, last, head } = result;
  if (first === undefined || last === undefined) return `${title} is empty.\n`;
  const lines = [
    `${title} is whole.`,
    `entries  ${entries}`,
    `first    ${first.sequence}  ${new Date(first.at).toISOString()}`,
    `last     ${last.sequence}  ${new Date(last.at).toISOString()}`,
    `head     ${head.hash}`,
  ];
  return `${lines.join('\n')}\n`;
}
