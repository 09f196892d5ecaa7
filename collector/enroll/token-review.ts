import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import * as v from 'valibot';
import { errorMessage } from '../../platform/error-message.ts';
import type { HostPort } from '../../platform/setting-values.ts';
import { EnrollmentRefusal } from './enrollment-refusal.ts';

/** What a node's token must be made for. */
const AUDIENCE = 'tallyman';
const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
/** Kubernetes puts it into tokens of pods from version 1.29 on. */
const NODE_NAME = 'authentication.kubernetes.io/node-name';
const LARGEST_ANSWER_BYTES = 64 * 1024;

const reviewSchema = v.object({
  status: v.object({
    authenticated: v.optional(v.boolean(), false),
    audiences: v.optional(v.array(v.string()), []),
    error: v.optional(v.string()),
    user: v.optional(
      v.object({
        username: v.optional(v.string(), ''),
        extra: v.optional(v.record(v.string(), v.array(v.string())), {}),
      }),
    ),
  }),
});

type Review = v.InferOutput<typeof reviewSchema>['status'];

/** The Kubernetes API server, and how we show who we are. */
export interface KubernetesApi {
  readonly address: HostPort;
  /** Authority of its certificate. */
  readonly caFile: string;
  /** Our own token; read anew each time, as it is replaced before it expires. */
  readonly tokenFile: string;
}

/**
 * Asks Kubernetes whose token it is: the node that the pod of this service account (`namespace/name`) runs on.
 * Source: Kubernetes API, authentication.k8s.io/v1 TokenReview. Throws an EnrollmentRefusal.
 */
export async function reviewToken(
  token: string,
  serviceAccount: string,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<string> {
  const review = await ask(token, api, signal);
  if (!review.authenticated) {
    throw denied(`Kubernetes does not accept it${review.error ? `: ${review.error}` : ''}`, 'stranger');
  }
  if (!review.audiences.includes(AUDIENCE)) throw denied(`it is not made for the audience ${AUDIENCE}`);
  const wanted = `system:serviceaccount:${serviceAccount.replace('/', ':')}`;
  const { username = '', extra = {} } = review.user ?? {};
  if (username !== wanted) throw denied(`it is not that of the service account ${serviceAccount}`);
  const [node, ...more] = extra[NODE_NAME] ?? [];
  if (node === undefined || more.length > 0) {
    throw denied(
      'Kubernetes does not say which node it is for, as it does from version 1.29 on for tokens of pods; use join tokens instead',
    );
  }
  return node;
}

async function ask(token: string, api: KubernetesApi, signal: AbortSignal): Promise<Review> {
  let body: string;
  try {
    const [own, ca] = await Promise.all([readFile(api.tokenFile, 'utf8'), readFile(api.caFile)]);
    body = await post({ token, own: own.trim(), ca, address: api.address, signal });
  } catch (error) {
    throw unavailable(errorMessage(error), error);
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), reviewSchema), body);
  if (parsed.success) return parsed.output.status;
  throw unavailable('its answer is no TokenReview', parsed.issues);
}

interface Posting {
  readonly token: string;
  readonly own: string;
  readonly ca: Buffer;
  readonly address: HostPort;
  readonly signal: AbortSignal;
}

/** The body of a 2xx answer. */
function post({ token, own, ca, address, signal }: Posting): Promise<string> {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, audiences: [AUDIENCE] },
  };
  const text = JSON.stringify(review);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: address.host,
        port: address.port,
        path: PATH,
        method: 'POST',
        ca,
        signal,
        agent: false,
        headers: {
          authorization: `Bearer ${own}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          accept: 'application/json',
        },
      },
      (answer) => void bodyOf(answer).then(resolve, reject),
    );
    call.on('error', reject);
    call.end(text);
  });
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  const { statusCode = 0 } = answer;
  if (statusCode >= 200 && statusCode < 300) return Buffer.concat(chunks).toString('utf8');
  const advice = statusCode === 403 ? '; the collector needs the right to create tokenreviews' : '';
  throw new Error(`it answered ${statusCode}${advice}`);
}

function denied(why: string, kind: 'denied' | 'stranger' = 'denied'): EnrollmentRefusal {
  return new EnrollmentRefusal(kind, `the service-account token is not accepted: ${why}`);
}

function unavailable(why: string, cause: unknown): EnrollmentRefusal {
  const message = `the collector cannot have the service-account token checked by Kubernetes: ${why}`;
  return new EnrollmentRefusal('unavailable', message, cause);
}
