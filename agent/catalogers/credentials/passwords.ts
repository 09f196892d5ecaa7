import type { FindingRecord } from '../../../core/facts.ts';

/** `$id$…` of crypt(5). */
const HASH = /^\$[0-9a-z-]{1,10}\$./;

/** Linux allows no longer ones. */
const MAX_NAME = 32;
const MAX_FINDINGS = 100;

/** Accounts of shadow(5) that a password opens, or nothing at all; how many, not which hash. */
export function passwordFindings(text: string): readonly FindingRecord[] {
  const accounts = text.split('\n').flatMap((line) => {
    const [name = '', password] = line.split(':', 2);
    return name === '' || password === undefined ? [] : [{ name, password }];
  });
  const hashed = accounts.filter(({ password }) => HASH.test(password));
  const open = accounts.filter(({ password }) => password === '');
  return [
    ...open.map(({ name }): FindingRecord => ({
      ruleId: 'empty-password',
      kind: 'shadow',
      evidence: `account ${name.slice(0, MAX_NAME)}`,
    })),
    ...hashed.map(({ name }): FindingRecord => ({
      ruleId: 'password-hash',
      kind: 'shadow',
      evidence: `account ${name.slice(0, MAX_NAME)}`,
    })),
  ].slice(0, MAX_FINDINGS);
}
