import type { LayerFile } from '../../../core/layer.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A JSON file's content, or what `truncated` is to say of one beyond `maxBytes`: half a document has no meaning.
 * An empty file is undefined. Throws a SyntaxError for what is no JSON.
 */
export function readJson(
  file: LayerFile,
  maxBytes: number,
): { readonly value: unknown; readonly truncated?: string } {
  if (file.size > maxBytes) return { value: undefined, truncated: `not read: larger than ${maxBytes} bytes` };
  const text = new TextDecoder().decode(file.read(0, maxBytes));
  return { value: text.trim() === '' ? undefined : JSON.parse(text) };
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
