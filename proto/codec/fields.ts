import { WireError } from './wire-error.ts';

/** A message's string, which is empty when unset. */
export function text(value: string | null | undefined): string {
  return value ?? '';
}

/** A string of which empty means absent. */
export function optionalText(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}

/** A 64-bit integer that must be exact as a number. */
export function integer(value: number | null | undefined): number {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number)) {
    throw new WireError('malformed', `the integer ${number} is beyond what is exact`);
  }
  return number;
}

/** An integer that is absent where it was not set, 0 or not. */
export function setInteger(value: number | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : integer(value);
}

/** An integer of which 0 means absent. */
export function optionalInteger(value: number | null | undefined): number | undefined {
  const number = integer(value);
  return number === 0 ? undefined : number;
}

/** One of the words that this version knows. */
export function word<W extends string>(
  words: readonly W[],
  value: string | null | undefined,
  what: string,
): W {
  const known = words.find((one) => one === value);
  if (known === undefined) {
    throw new WireError('unknown-word', `${quoted(text(value))} is no ${what} that is known here`);
  }
  return known;
}

/** Text of the other side for a message to people: in quotes, and never long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value);
}

type Present<T> = {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same without properties that are undefined: absent and undefined are not the same here. */
export function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as Present<T>;
}
