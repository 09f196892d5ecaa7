import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../platform/config-error.ts';
import type { Settings } from '../platform/config.ts';
import type { Logger } from '../platform/logging.ts';
import { formatHostPort } from '../platform/setting-values.ts';
import { giveMemoryBack } from '../platform/small-memory.ts';
import { checkListen, type Access } from './api/access.ts';
import { startApi } from './api/api.ts';
import { FleetCleanup } from './cleanup/fleet-cleanup.ts';
import { CollectorMetrics } from './collector-metrics.ts';
import { startEnrollment } from './enroll/start-enrollment.ts';
import { connectionsWithin } from './ingest/door/open-files.ts';
import { withEventAllowance } from './ingest/event-allowance.ts';
import { createIngest } from './ingest/ingest.ts';
import { pruneMark } from './prune-mark.ts';
import { QUIET_LOOK_MS, QuietCollection } from './quiet-collection.ts';
import { CollectorReadiness } from './readiness.ts';
import type { collectorSettings } from './settings.ts';
import { measuredStore } from './store/measured-store.ts';
import { openStore } from './store/open-store.ts';
import type { PrunePolicy } from './store/store.ts';
import { tlsModeOf } from './tls-mode.ts';
import { keepStoreTidy } from './upkeep.ts';
import { errorMessage } from '../platform/error-message.ts';

/** How long agents have to leave when the collector closes. */
const DRAIN_MS = 5000;

export interface Collector {
  /** `host:port` for agents. */
  readonly grpcAddress: string;
  /** `host:port` of the HTTP API. */
  readonly httpAddress: string;
  /** `host:port` for nodes that want a certificate; absent when this collector issues none. */
  readonly enrollAddress?: string;
  /** Asks the agents to go, answers what is in progress, and closes the database. */
  close(): Promise<void>;
}

/**
 * Builds the collector from its settings and starts it. Throws an error whose message is one line for the operator:
 * ConfigError, CertificateError, ListenError or StoreError. Nothing is left open then.
 */
export async function startCollector(
  settings: Settings<typeof collectorSettings>,
  { logger, version }: { readonly logger: Logger; readonly version: string },
): Promise<Collector> {
  const tls = tlsModeOf(settings);
  const access = await accessOf(settings);
  checkListen(settings.httpListen, access);

  // It would write lines of its own beside our log; what matters of them comes back as errors.
  setLogVerbosity(logVerbosity.NONE);
  const clock = Date.now;
  const metrics = new CollectorMetrics();
  const ended = new AbortController();
  const maxConnections = await connectionsOf(settings, logger);
  const store = measuredStore(
    await openStore(settings, {
      clock,
      onProblem: (error) => logger.error({ err: error }, 'the database lacks what was to be written'),
    }),
    metrics.registry,
  );
  const quiet = new QuietCollection(giveMemoryBack);
  const looks = setInterval(() => quiet.look(), QUIET_LOOK_MS).unref();
  ended.signal.addEventListener('abort', () => clearInterval(looks));
  const readiness = new CollectorReadiness({ store, clock, closing: ended.signal });
  const ingest = createIngest({
    store: withEventAllowance(store, () => performance.now()),
    tls,
    listen: settings.grpcListen,
    version,
    beatIntervalMs: settings.beatInterval,
    verifyShare: settings.verifyShare,
    timing: { sessionLifetimeMs: settings.sessionLifetime },
    limits: { maxSessions: maxConnections },
    door: {
      maxConnections,
      maxHandshakes: settings.maxHandshakes,
      maxHandshakesPerAddress: settings.maxHandshakesPerAddress,
    },
    clock,
    random: Math.random,
    logger,
    onChange(change) {
      metrics.changed(change);
      quiet.note();
      if (change.kind === 'events' || change.kind === 'session') cleanup.changed();
    },
    onVerified: (outcome) => metrics.verified(outcome),
    onTurnedAway: (one) => metrics.turnedAway('agents', one),
    onCertificate: (certificate) => readiness.taken(certificate),
    isReady: async () => (await readiness.read()).ready,
  });
  const cleanup = new FleetCleanup({
    store,
    deliver: (node) => ingest.deliver(node),
    connected: () => ingest.nodes(),
    clock,
    logger,
  });
  metrics.onScrape({
    sessions: () => ingest.sessions(),
    connections: () => ingest.connections(),
    sizes: () => store.sizes(),
    certificateLeft: () => readiness.certificateLeftMs(),
  });

  try {
    await cleanup.start();
    const { port } = await ingest.start();
    const enrollment = await startEnrollment(settings, {
      store,
      tls,
      clock,
      logger,
      onTurnedAway: (one) => metrics.turnedAway('enrollment', one),
    });
    ended.signal.addEventListener('abort', () => enrollment?.close());
    const api = await startApi({
      store,
      cleanup,
      listen: settings.httpListen,
      access,
      version,
      registry: metrics.registry,
      readiness: () => readiness.read(),
      clock,
      logger,
    });
    const grpcAddress = formatHostPort({ host: settings.grpcListen.host, port });
    const httpAddress = formatHostPort(api.address);
    const enrolling = enrollment && { enrollAddress: enrollment.address };
    logger.info({ grpc: grpcAddress, http: httpAddress, enroll: enrollment?.address }, 'collector is ready');
    const policy = {
      historyMs: settings.keepHistory,
      historyRows: settings.keepHistoryRows,
      eventMs: settings.keepEvents,
      nodeMs: settings.keepNodes,
      contentMs: settings.keepContent,
    };
    const kept = {
      async prune(of: PrunePolicy, at: number) {
        await cleanup.audit.prune(at - settings.keepAudit, clock());
        return await store.prune(of, at);
      },
    };
    const tidy = keepStoreTidy(kept, policy, {
      clock,
      now: () => performance.now(),
      mark: pruneMark(store),
      logger,
      signal: ended.signal,
    });
    return {
      grpcAddress,
      httpAddress,
      ...enrolling,
      async close() {
        if (ended.signal.aborted) return;
        ended.abort();
        await ingest.drain(DRAIN_MS);
        await ingest.close();
        await api.close();
        await cleanup.close();
        await store.close();
        await tidy;
        logger.info('collector has closed');
      },
    };
  } catch (error) {
    ended.abort();
    await ingest.close();
    await cleanup.close();
    await store.close();
    throw error;
  }
}

/** No more than this process may have files open. */
async function connectionsOf(
  { maxConnections }: Settings<typeof collectorSettings>,
  logger: Logger,
): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const room = connectionsWithin(maxConnections, limits);
  if (room < maxConnections)
    logger.warn(
      { maxConnections, room },
      'this process may open too few files for max-connections; raise its limit (LimitNOFILE, ulimit -n)',
    );
  return room;
}

async function accessOf({
  apiToken,
  apiTokenFile,
  apiOpen,
}: Settings<typeof collectorSettings>): Promise<Access> {
  const token = apiTokenFile === undefined ? apiToken : await readToken(apiTokenFile);
  return { open: apiOpen, ...(token !== undefined && { token }) };
}

async function readToken(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const why = errorMessage(error);
    throw new ConfigError('unreadable-file', `api-token-file cannot be read: ${why}`, error);
  }
  const token = text.trim();
  if (token === '')
    throw new ConfigError('invalid-value', `api-token-file ${path} is empty; write a token into it`);
  return token;
}
