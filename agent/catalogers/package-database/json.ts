import type { LayerFile } from '../../../core/layer.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Values cost up to fifty times their bytes: `[[],[],[]]`. The largest documents known have some 200,000, as many as a
 * layer's reader has memory for beside the text.
 */
const MAX_VALUES = 500_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Before each value but the first stands one of these; a colon follows a key, which a comma or brace came before. */
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** What was read, or why it was not. */
export interface ReadJson {
  readonly value: unknown;
  readonly truncated?: string;
}

/**
 * A JSON file's content, or what `truncated` is to say of one that is too large: half a document has no meaning.
 * An empty file is undefined. Throws a SyntaxError for what is no JSON.
 */
export function readJson(file: LayerFile, maxBytes: number): ReadJson {
  if (file.size > maxBytes) return { value: undefined, truncated: `not read: larger than ${maxBytes} bytes` };
  return parseJson(file.read(0, maxBytes));
}

/** The same of bytes that lie in another file. */
export function parseJson(bytes: Uint8Array): ReadJson {
  if (hasTooManyValues(bytes)) {
    return { value: undefined, truncated: `not read: more than ${MAX_VALUES} values` };
  }
  const text = new TextDecoder().decode(bytes);
  return { value: text.trim() === '' ? undefined : JSON.parse(text) };
}

/** True for JSON of more values than any document has reason to have, to be asked before it is parsed. */
export function hasTooManyValues(json: Uint8Array): boolean {
  let values = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) values += 1;
    if (values > MAX_VALUES) return true;
  }
  return false;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text that says something, without blanks around it; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

/** The texts in a list, or a text by itself. */
export function textsOf(value: unknown): readonly string[] {
  return [value].flat().flatMap((one) => textOf(one) ?? []);
}

/** The objects in a list; empty for what is no list. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
