import type { FastifySchema } from 'fastify';
import type { PageRequest } from '../store/page.ts';
import { ApiError } from './problem.ts';
import { ref, text, type JsonSchema } from './schemas/json-schema.ts';

export interface PageParameters {
  readonly limit: number;
  readonly cursor?: string;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export const limitParameter: JsonSchema = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_LIMIT,
  default: DEFAULT_LIMIT,
  description: 'Most items in the answer',
};
const cursorParameter: JsonSchema = {
  type: 'string',
  maxLength: 8192,
  description: '`next` of the page before',
};

/** Query parameters of a list, beside those of its own. */
export function pageParameters(own: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  return parameters({ ...own, limit: limitParameter, cursor: cursorParameter });
}

export function parameters(
  own: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return { type: 'object', additionalProperties: false, required, properties: own };
}

/** One path parameter. */
export function pathParameter(name: string, description: string): JsonSchema {
  return { type: 'object', required: [name], properties: { [name]: { ...text, description } } };
}

export function pageRequest({ limit, cursor }: PageParameters): PageRequest {
  return { limit, ...(cursor !== undefined && { cursor }) };
}

/** A route's schema: what it is for, what it takes, what it answers, and how it fails. */
export function schema(route: {
  readonly id: string;
  readonly summary: string;
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  readonly answer: JsonSchema;
}): FastifySchema & { readonly operationId: string; readonly summary: string } {
  const failure = {
    description: 'A problem',
    content: { 'application/problem+json': { schema: ref('Problem') } },
  };
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.params !== undefined && { params: route.params }),
    querystring: route.query ?? parameters({}),
    ...(route.body !== undefined && { body: route.body }),
    response: { 200: { description: 'Found', ...route.answer }, '4xx': failure, '5xx': failure },
  };
}

/** What the store found, or a 404 that says so. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new ApiError('not-found', `${what} is not known to this collector`);
  return value;
}
