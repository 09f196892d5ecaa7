import { namePattern } from './name-pattern.ts';
import {
  DEFAULT_POLICY,
  type CleanupPolicy,
  type DiskMarks,
  type RunLimits,
  type Verdict,
} from './policy.ts';

/** A policy that cannot be used; the message says which part, and what is allowed. */
export class PolicyError extends Error {
  readonly code = 'policy';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PolicyError';
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** More patterns or verdicts than any person or feed would give for one node. */
const MAX_LIST = 100_000;
const MAX_TEXT = 1000;

/**
 * Reads a policy from JSON that came from elsewhere. What is left out is as in `DEFAULT_POLICY`; a key that is not known
 * is refused, for it may be a protection that was misspelt. Throws a PolicyError.
 */
export function readPolicy(json: unknown): CleanupPolicy {
  const fields = object(json, 'the policy');
  const known = new Set([...Object.keys(DEFAULT_POLICY), 'disk']);
  const stranger = Object.keys(fields).find((key) => !known.has(key));
  if (stranger !== undefined)
    throw new PolicyError(`"${stranger}" is no part of a policy: ${[...known].join(', ')}`);
  const disk = diskMarks(fields['disk']);
  return checkPolicy({
    unusedForMs: count(fields, 'unusedForMs', DEFAULT_POLICY.unusedForMs),
    minimumAgeMs: count(fields, 'minimumAgeMs', DEFAULT_POLICY.minimumAgeMs),
    keepNewest: count(fields, 'keepNewest', DEFAULT_POLICY.keepNewest),
    only: texts(fields, 'only'),
    never: texts(fields, 'never'),
    ...(disk && { disk }),
    verdicts: verdicts(fields['verdicts']),
    verdictsOnly: flag(fields, 'verdictsOnly', DEFAULT_POLICY.verdictsOnly),
    unpullable: flag(fields, 'unpullable', DEFAULT_POLICY.unpullable),
    limits: limits(fields['limits']),
    graceMs: count(fields, 'graceMs', DEFAULT_POLICY.graceMs),
  });
}

/** Checks what types cannot: patterns and marks. Answers the policy, or throws a PolicyError. */
export function checkPolicy(policy: CleanupPolicy): CleanupPolicy {
  for (const key of ['only', 'never'] as const) {
    const wrong = policy[key].find((pattern) => namePattern(pattern) === undefined);
    if (wrong !== undefined)
      throw new PolicyError(
        `"${wrong}" under ${key} is no pattern: write it as ghcr.io/team/*:1.* or sha256:…`,
      );
  }
  for (const unit of ['bytes', 'inodes'] as const) {
    const mark = policy.disk?.[unit];
    if (mark === undefined) continue;
    if (!(mark.low >= 0 && mark.low < mark.high && mark.high <= 100))
      throw new PolicyError(
        `disk marks for ${unit} are percents with the low one below the high one, not low ${mark.low} and high ${mark.high}`,
      );
  }
  return policy;
}

function object(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PolicyError(`${what} is a JSON object`);
  return value as Fields;
}

function count(fields: Fields, key: string, absent: number): number {
  const value = fields[key];
  if (value === undefined) return absent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new PolicyError(`${key} is a whole number, 0 or more`);
  return value;
}

function flag(fields: Fields, key: string, absent: boolean): boolean {
  const value = fields[key];
  if (value === undefined) return absent;
  if (typeof value !== 'boolean') throw new PolicyError(`${key} is true or false`);
  return value;
}

function list(value: unknown, key: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_LIST)
    throw new PolicyError(`${key} is a list of at most ${MAX_LIST}`);
  return value;
}

function texts(fields: Fields, key: string): readonly string[] {
  return list(fields[key], key).map((one) => text(one, key));
}

function text(value: unknown, key: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT)
    throw new PolicyError(`${key} has texts of 1 to ${MAX_TEXT} characters`);
  return value;
}

function verdicts(value: unknown): readonly Verdict[] {
  return list(value, 'verdicts').map((one) => {
    const { digest, reason } = object(one, 'a verdict');
    return { digest: text(digest, 'verdicts'), reason: text(reason, 'verdicts') };
  });
}

function limits(value: unknown): RunLimits {
  if (value === undefined) return {};
  const fields = object(value, 'limits');
  const known = ['images', 'bytes', 'seconds'] as const;
  const stranger = Object.keys(fields).find((key) => !known.some((name) => name === key));
  if (stranger !== undefined) throw new PolicyError(`"${stranger}" is no limit: ${known.join(', ')}`);
  const given = known.filter((key) => fields[key] !== undefined);
  return Object.fromEntries(given.map((key) => [key, count(fields, key, 0)]));
}

function diskMarks(value: unknown): DiskMarks | undefined {
  if (value === undefined) return undefined;
  const fields = object(value, 'disk');
  const known = ['bytes', 'inodes'] as const;
  const stranger = Object.keys(fields).find((key) => !known.some((name) => name === key));
  if (stranger !== undefined) throw new PolicyError(`"${stranger}" is no disk mark: ${known.join(', ')}`);
  const given = known.filter((key) => fields[key] !== undefined);
  const marks = given.map((key) => {
    const { high, low } = object(fields[key], `disk.${key}`);
    if (typeof high !== 'number' || typeof low !== 'number')
      throw new PolicyError(`disk.${key} has two percents: high and low`);
    return [key, { high, low }] as const;
  });
  return Object.fromEntries(marks);
}
