import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { QueryError } from '../../core/version-range.ts';
import type { Logger } from '../../platform/logging.ts';
import { QueueFullError } from '../../platform/serial-queue.ts';
import { PolicyError } from '../../core/cleanup/policy-json.ts';
import { FleetCleanupError } from '../cleanup/fleet-cleanup-error.ts';
import { StoreError } from '../store/store-error.ts';

/** RFC 9457. `type` stays `about:blank`: the status says the kind, `detail` says what to do. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export class ApiError extends Error {
  readonly code: 'denied' | 'forbidden' | 'misdirected' | 'not-found';

  constructor(code: ApiError['code'], message: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authorised',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  421: 'Misdirected request',
  500: 'Internal error',
  503: 'Not available',
};

export function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail };
}

/** Answers an error, and logs it when it is ours to mend. */
export function answerError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const answer = problemOf(error);
  if (answer.status >= 500) {
    logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
  }
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer');
  return sendProblem(reply, answer);
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  return reply
    .code(answer.status)
    .header('content-type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(answer);
}

/** What a client is told of an error. */
export function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof ApiError) {
    const status = { denied: 401, forbidden: 403, misdirected: 421, 'not-found': 404 }[error.code];
    return problem(status, error.message);
  }
  if (error instanceof FleetCleanupError) {
    return problem({ invalid: 400, 'not-found': 404, conflict: 409 }[error.code], error.message);
  }
  if (error instanceof QueryError || error instanceof PolicyError) return problem(400, error.message);
  if (error instanceof StoreError) return storeProblem(error);
  if (error instanceof QueueFullError)
    return problem(503, 'too many such requests wait for this collector; try again shortly');
  if ('validation' in error && error.validation !== undefined) return problem(400, validationDetail(error));
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return problem(status, error.message);
  return problem(500, "the collector failed; its log says why, as 'request failed'");
}

function storeProblem(error: StoreError): Problem {
  if (error.code === 'invalid-cursor') return problem(400, error.message);
  if (error.code === 'closed') return problem(503, 'the collector is closing; try again shortly');
  if (error.code === 'moved') return problem(503, 'another collector has taken this over; try again');
  return problem(503, "the collector's database is in trouble; its log says why, as 'request failed'");
}

const PLACES: Readonly<Record<string, string>> = { querystring: 'query parameter', body: 'field' };

function validationDetail({ validation, validationContext }: FastifyError): string {
  const [first] = validation ?? [];
  if (first === undefined) return 'the request does not fit the API; see /api/openapi.json';
  const where = PLACES[validationContext ?? ''] ?? 'path parameter';
  const surplus = first.params['additionalProperty'];
  if (typeof surplus === 'string') {
    return `there is no ${where} ${surplus} here; see /api/openapi.json for those there are`;
  }
  const missing = first.params['missingProperty'];
  if (typeof missing === 'string') return `the ${where} ${missing} is missing; see /api/openapi.json`;
  const allowed = first.params['allowedValues'];
  const choices = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return `the ${where} ${first.instancePath.slice(1)} ${first.message ?? 'is wrong'}${choices}`;
}
