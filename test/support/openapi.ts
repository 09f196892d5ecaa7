import { Ajv2020 } from 'ajv/dist/2020.js';

/** The parts of an OpenAPI document that tests look at. */
export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Says what is wrong with an answer, by the schema that the served document gives for it. Empty: nothing. */
export function answerChecker(
  document: OpenApi,
): (path: string, status: string, answer: unknown, method?: string) => string {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': true } });
  ajv.addSchema(document, 'api');
  return (path, status, answer, method = 'get') => {
    const type = status.startsWith('2') ? 'application/json' : 'application/problem+json';
    const pointer = ['paths', path, method, 'responses', status, 'content', type, 'schema']
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = ajv.compile({ $ref: `api#/${pointer}` });
    return validate(answer) ? '' : ajv.errorsText(validate.errors);
  };
}
