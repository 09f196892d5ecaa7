import { StoreError } from './store-error.ts';

/** Asks for a part of a list. */
export interface PageRequest {
  /** Most items to return, from 1. */
  readonly limit: number;
  /** `Page.next` of the page before; absent for the first. */
  readonly cursor?: string;
}

/**
 * A part of a list. Lists have a fixed order over keys that do not change, and a cursor holds the last key:
 * what is added or removed meanwhile never makes another item appear twice or go missing.
 */
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}

export type CursorKey = readonly (string | number)[];

/** Cuts a page from one item more than was asked for; the surplus only tells that more follows. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => CursorKey,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const items = shown.map(view);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: encodeCursor(keyOf(last)) };
}

function encodeCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** `start` tells the key's shape, and is the key when there is no cursor. Throws a StoreError `invalid-cursor`. */
export function decodeCursor<Key extends CursorKey>(cursor: string | undefined, start: Key): Key {
  if (cursor === undefined) return start;
  const key = parsed(cursor);
  const fits =
    Array.isArray(key) &&
    key.length === start.length &&
    key.every((part, at) => typeof part === typeof start[at] && isKeyPart(part));
  if (!fits) {
    throw new StoreError(
      'invalid-cursor',
      'the cursor is not one of this list; begin again without a cursor',
    );
  }
  return key as unknown as Key;
}

function isKeyPart(part: unknown): boolean {
  return typeof part === 'string' || Number.isSafeInteger(part);
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
