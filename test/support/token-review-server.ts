import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostPort } from '../../platform/setting-values.ts';

/** What the API server knows of a token. Names and fields: Kubernetes API, authentication.k8s.io/v1 TokenReview. */
export interface KnownToken {
  readonly username: string;
  readonly audiences: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface TokenReviewServer {
  readonly address: HostPort;
  /** By the token's text. */
  readonly tokens: Map<string, KnownToken>;
  /** When set, sent in place of an answer. */
  broken: { readonly status: number; readonly body: string } | undefined;
  close(): Promise<void>;
}

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';

/** A Kubernetes API server that reviews tokens and does nothing else, for a caller who shows `own`. */
export async function startTokenReviewServer(
  tls: { readonly cert: Buffer; readonly key: Buffer },
  own: string,
): Promise<TokenReviewServer> {
  const tokens = new Map<string, KnownToken>();
  const server = createServer(tls, (request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  async function answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    if (started.broken) return started.broken;
    if (request.headers.authorization !== `Bearer ${own}`) return { status: 401, body: '{}' };
    if (request.method !== 'POST' || request.url !== PATH) return { status: 404, body: '{}' };
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const review = JSON.parse(Buffer.concat(chunks).toString()) as {
      apiVersion: string;
      kind: string;
      spec: { token: string; audiences: readonly string[] };
    };
    if (review.apiVersion !== 'authentication.k8s.io/v1' || review.kind !== 'TokenReview') {
      return { status: 400, body: '{}' };
    }
    return { status: 201, body: JSON.stringify({ ...review, status: statusOf(review.spec) }) };
  }
  /** An audience that was asked for and is not the token's makes it no token at all. */
  function statusOf(spec: { readonly token: string; readonly audiences: readonly string[] }): unknown {
    const known = tokens.get(spec.token);
    if (known === undefined) return { authenticated: false, error: 'token lookup failed' };
    const audiences = spec.audiences.filter((audience) => known.audiences.includes(audience));
    if (audiences.length === 0) return { authenticated: false, error: 'token audiences do not fit' };
    const { username, extra = {} } = known;
    return { authenticated: true, audiences, user: { username, uid: '1', groups: [], extra } };
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started: TokenReviewServer = {
    address: { host: '127.0.0.1', port },
    tokens,
    broken: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return started;
}
