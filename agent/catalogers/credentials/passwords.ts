import type { FindingRecord } from '../../../core/facts.ts';
import { linesOf } from '../package-database/text.ts';

/** `$id$…` of crypt(5). */
const HASH = /^\$[0-9a-z-]{1,10}\$./;

/** Linux allows no longer ones. */
const MAX_NAME = 32;
const MAX_FINDINGS = 100;

/** Accounts of shadow(5) that a password opens, or nothing at all; how many, not which hash. */
export function passwordFindings(text: string): readonly FindingRecord[] {
  const hashed: string[] = [];
  const open: string[] = [];
  for (const line of linesOf(text)) {
    const [name = '', password] = line.split(':', 2);
    if (name === '' || password === undefined) continue;
    const list = password === '' ? open : HASH.test(password) ? hashed : undefined;
    if (list !== undefined && list.length < MAX_FINDINGS) list.push(name);
  }
  return [
    ...open.map((name): FindingRecord => ({
      ruleId: 'empty-password',
      kind: 'shadow',
      evidence: `account ${name.slice(0, MAX_NAME)}`,
    })),
    ...hashed.map((name): FindingRecord => ({
      ruleId: 'password-hash',
      kind: 'shadow',
      evidence: `account ${name.slice(0, MAX_NAME)}`,
    })),
  ].slice(0, MAX_FINDINGS);
}
