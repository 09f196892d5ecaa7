import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from './listen-error.ts';
import { EXPOSITION_TYPE, type MetricsRegistry } from './metrics.ts';
import type { HostPort } from './setting-values.ts';

/** Whether the process does its work, and if not, why: plain sentences. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** What is worth knowing although it keeps nothing from being ready. */
  readonly notes?: readonly string[];
}

export interface MetricsServer {
  /** Where it really listens, once port 0 is settled. */
  readonly address: HostPort;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/**
 * Serves `/metrics` (Prometheus text), `/healthz` (200 while the process lives) and `/readyz` (200 or 503, JSON with
 * the reasons). GET and HEAD only. Throws a ListenError that names `metrics-listen`.
 */
export async function startMetricsServer(options: {
  readonly listen: HostPort;
  readonly registry: MetricsRegistry;
  readonly readiness: () => Readiness;
}): Promise<MetricsServer> {
  // An `import` of node:http would load its WebSocket and fetch parts as well: 4 MB resident that nothing here uses.
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    void answer(request, response, options.registry, options.readiness);
  });
  server.maxConnections = 32;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, 'metrics-listen', options.listen)));
    server.listen(options.listen.port, options.listen.host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: { host: bound.address, port: bound.port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  registry: MetricsRegistry,
  readiness: () => Readiness,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'text/plain', 'only GET is answered here\n');
  }
  const path = (request.url ?? '').replace(/[?].*/s, '');
  switch (path) {
    case '/healthz':
      return send(response, 200, 'application/json', '{"status":"ok"}\n');
    case '/readyz': {
      const state = readiness();
      return send(response, state.ready ? 200 : 503, 'application/json', `${JSON.stringify(state)}\n`);
    }
    case '/metrics':
      return registry.exposition().then(
        (text) => send(response, 200, EXPOSITION_TYPE, text),
        () => send(response, 500, 'text/plain', 'the metrics could not be gathered\n'),
      );
    default:
      return send(response, 404, 'text/plain', 'there are /metrics, /healthz and /readyz\n');
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
