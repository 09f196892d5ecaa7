/** A value of a statement. Whole lists go as one value, made by `list` or `rows`: one round trip for any number. */
export type Value = string | number | Uint8Array | null;

type Field = string | number | null;

/** For `json_to_recordset($1::json)`: a row of fields each, by name. Bytes go in as `byteText`. */
export function rows(records: readonly Readonly<Record<string, Field>>[]): string {
  const text = JSON.stringify(records);
  if (!/\\u(?:0000|d[89a-f])/i.test(text)) return text;
  return JSON.stringify(records, (_key, value: unknown) =>
    typeof value === 'string' ? storable(value) : value,
  );
}

/** For `$1::text[]`, `$1::bigint[]` and the like: PostgreSQL's way of writing an array, section 8.15.2 of its manual. */
export function list(values: readonly Exclude<Field, null>[]): string {
  return `{${values.map((value) => (typeof value === 'number' ? value : quoted(value))).join(',')}}`;
}

/** Bytes as text that PostgreSQL reads as bytea. */
export function byteText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** PostgreSQL's text holds no NUL, and no half of a surrogate pair; what nodes report may. */
export function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();
}

function quoted(text: string): string {
  return `"${storable(text).replaceAll(/["\\]/g, '\\$&')}"`;
}
