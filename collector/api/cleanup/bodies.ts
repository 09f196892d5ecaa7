import { list, object, text, type JsonSchema } from '../schemas/json-schema.ts';

/** IDs are the client's choice, so that a request can be sent again. */
export const idPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';
export const id: JsonSchema = { type: 'string', pattern: idPattern };

/** Who asks, as the client says: a person's name and place. The token alone is proof of anything. */
export const issuer: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };

/** Signed commands in base64, by node. */
export const signedCommands: JsonSchema = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: 4096 },
  description: 'Encoded tallyman.v1.Command with its signature, in base64, by node',
};

export const nodeNames: JsonSchema = {
  ...list({ ...text, minLength: 1, maxLength: 253 }),
  maxItems: 10_000,
};

/** A body of these fields. */
export function body(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return object({ issuer, ...required }, optional);
}

export interface Issued {
  readonly issuer: string;
}
