/** A JSON schema as fastify and OpenAPI 3.1 take it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema that others refer to by name, and that the OpenAPI document lists under that name. */
export type NamedSchema = JsonSchema & { readonly $id: string };

type Properties = Readonly<Record<string, JsonSchema>>;

/** An object of exactly these properties. */
export function object(required: Properties, optional: Properties = {}): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

export function named(name: string, description: string, schema: JsonSchema): NamedSchema {
  return { $id: name, title: name, description, ...schema };
}

export function ref(name: string): JsonSchema {
  return { $ref: `${name}#` };
}

export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** A page of a list: `next`, when there is one, is the cursor of the page that follows. */
export function page(items: JsonSchema): JsonSchema {
  return object({ items: list(items) }, { next: { type: 'string' } });
}

export function oneOf(...values: readonly string[]): JsonSchema {
  return { type: 'string', enum: values };
}

export const text: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };
export const time: JsonSchema = { type: 'integer', description: 'ms since the epoch' };
export const digest: JsonSchema = { type: 'string', description: 'algorithm:hex, such as sha256:…' };
export const texts: JsonSchema = list(text);
export const textMap: JsonSchema = { type: 'object', additionalProperties: text };
