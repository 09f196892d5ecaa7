import { randomBytes, randomUUID } from 'node:crypto';
import { arch } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../platform/config-error.ts';
import type { Settings } from '../platform/config.ts';
import { createGate } from '../platform/gate.ts';
import type { Logger } from '../platform/logging.ts';
import { startMetricsServer } from '../platform/metrics-server.ts';
import { giveMemoryBack } from '../platform/small-memory.ts';
import { nodePressure, ownPressure } from '../platform/pressure.ts';
import { ceilingsFrom, policyFrom } from './cleanup-settings.ts';
import { catalogers } from './catalogers/index.ts';
import { createLayerScanner } from './layers/worker/layer-scanner.ts';
import { ProcessTable } from './processes/process-table.ts';
import { containerdRuntime } from './runtimes/containerd/containerd-runtime.ts';
import { nodePlatform } from './runtimes/containerd/platform.ts';
import { dockerRuntime } from './runtimes/docker/docker-runtime.ts';
import { openIdentity } from './identity/open-identity.ts';
import type { agentSettings } from './settings.ts';
import { AuditLog } from './state/audit-log.ts';
import { systemClock } from './state/clock.ts';
import { openState } from './state/state.ts';
import { CleanupWatch } from './tasks/cleanup-watch.ts';
import { CONTROL_SOCKET, startControlServer } from './tasks/control-server.ts';
import { openCleanup } from './tasks/open-cleanup.ts';
import { AgentMetrics } from './tasks/agent-metrics.ts';
import { afterCleanUp } from './tasks/clean-start.ts';
import { ClockJumps } from './tasks/clock-jumps.ts';
import { trustedKeysNote } from './tasks/command-audit.ts';
import { CommandRunner } from './tasks/commands.ts';
import { contentSupply } from './tasks/content-supply.ts';
import { Engines } from './tasks/engines.ts';
import { EventLog, numberedOutbox } from './tasks/event-log.ts';
import { FleetScanner } from './tasks/fleet-scanner.ts';
import { hostFacts } from './tasks/host-facts.ts';
import { ImageScanner } from './tasks/image-scanner.ts';
import { NodeReader } from './tasks/node-reader.ts';
import { NodeWatch } from './tasks/node-watch.ts';
import { ownImage, ownUses } from './tasks/own-uses.ts';
import { receiptOf } from './tasks/receipt.ts';
import { ScanPacing } from './tasks/pacing.ts';
import { layerReader } from './tasks/read-layer.ts';
import { forgetUnused, imageAges } from './tasks/remembering.ts';
import { scanMemory } from './tasks/scan-memory.ts';
import { scheduledCleanup } from './tasks/scheduled-cleanup.ts';
import { ScanQueue } from './tasks/scan-queue.ts';
import { isCronExpression, onSchedule } from './tasks/schedule.ts';
import { readinessOf } from './tasks/readiness.ts';
import { TrustedKeys, watchTrustedKeys } from './trusted-keys.ts';
import { createUplink } from './uplink/uplink.ts';

const OUTBOX_BYTES = 16 * 1024 * 1024;
/** Of the state folder. */
const IDENTITY_FOLDER = 'identity';
const DRAIN_MS = 5000;
/** Longer than any image takes to read, also on a node that is busy and has the scan wait. */
const LEASE_MS = 3_600_000;

/** How often to see whether a grace period is over. */
const CLEANUP_TICK_MS = 60_000;
/** How often to look at the files of trusted keys, as at certificates. */
const TRUSTED_KEYS_MS = 30_000;

export interface Agent {
  /** `host:port`. */
  readonly metricsAddress: string;
  /** Ends what runs, lets what is known reach the collector for a few seconds, and leaves nothing held in any engine. */
  close(): Promise<void>;
  /** Fulfilled with why, when it cannot go on: then it is to be closed, and another process may do better. */
  readonly failed: Promise<Error>;
}

/** Builds the agent from its settings and starts it. Throws when the state folder or the metrics port cannot be had. */
export async function startAgent(
  settings: Settings<typeof agentSettings>,
  { logger, version }: { readonly logger: Logger; readonly version: string },
): Promise<Agent> {
  if (!isCronExpression(settings.schedule)) {
    const allowed = 'it must be a cron expression, such as "*/10 * * * *"';
    throw new ConfigError('invalid-value', `schedule is ${JSON.stringify(settings.schedule)}; ${allowed}`);
  }
  const hasCleanupSchedule = settings.cleanupSchedule !== 'off';
  if (hasCleanupSchedule && !isCronExpression(settings.cleanupSchedule)) {
    const allowed = 'it must be a cron expression, such as "0 3 * * *", or off';
    throw new ConfigError(
      'invalid-value',
      `cleanup-schedule is ${JSON.stringify(settings.cleanupSchedule)}; ${allowed}`,
    );
  }
  const policy = policyFrom(settings);
  const trustedKeys = settings.trustedKeys.length > 0 ? new TrustedKeys(settings.trustedKeys) : undefined;
  const ended = new AbortController();
  const clock = systemClock();
  const failed = Promise.withResolvers<Error>();
  const state = openState(settings.stateDir, {
    clock,
    damaged(error) {
      logger.error({ err: error }, 'the state file is damaged: the agent ends, for another to begin anew');
      failed.resolve(error);
    },
    outbox: { maxBytes: OUTBOX_BYTES, dropFirst: ['engine-change'] },
  });
  const metrics = new AgentMetrics();
  if (state.recovered !== undefined) {
    logger.warn({ recovered: state.recovered }, 'earlier state could not be used');
    metrics.stateSetAside(state.recovered.reason);
  }
  const gate = createGate();
  const scanner = createLayerScanner({
    gate,
    littleMemory: true,
    onIdle: giveMemoryBack,
    onLowPriority: (priority) => logger.debug({ priority }, 'scanning thread gives way'),
  });
  const pacing = new ScanPacing({
    gate,
    limits: {
      cores: settings.scanCpu,
      memory: settings.scanMemoryPressure,
      io: settings.scanIoPressure,
    },
    pressures: () => ({
      memory: nodePressure('memory'),
      io: nodePressure('io'),
      'own-memory': ownPressure('memory'),
    }),
    cpuSeconds: processCpuSeconds,
    now: () => performance.now(),
    logger,
    onTick: (tick) => metrics.scanning(tick),
  });
  const processes = new ProcessTable();
  const engines = new Engines(
    {
      containerd: settings.containerdAddress,
      docker: settings.dockerAddress,
      openContainerd(address) {
        const runtime = containerdRuntime({
          address,
          platform: nodePlatform(arch()),
          owner: `agent-${settings.node}`,
          leaseMs: LEASE_MS,
          now: Date.now,
          randomId: () => randomBytes(12).toString('hex'),
        });
        const cleaned = runtime.removeOwnLeases(ended.signal).then(
          (count) => count > 0 && logger.info({ count }, 'leases of an earlier run given back'),
          (error: unknown) => logger.warn({ err: error }, 'leases of an earlier run could not be looked for'),
        );
        return afterCleanUp(
          runtime,
          cleaned.then(() => undefined),
        );
      },
      openDocker: (address) => dockerRuntime({ address }),
      onChange: () => watch.changed(),
      random: Math.random,
    },
    ended.signal,
  );

  const audit = new AuditLog(settings.stateDir, {
    now: Date.now,
    failed: (error) => logger.error({ err: error }, 'the audit log cannot be written'),
  });
  const events = new EventLog(state.outbox, Date.now, () => uplink.notifyEvents());
  const unkept = (error: unknown): void => logger.error({ err: error }, 'event not kept');
  const noteLoss = (reason: string): void => {
    logger.warn({ reason }, 'events lost');
    events.noteLoss(reason, unkept);
  };
  const identity = openIdentity(
    settings,
    {
      node: settings.node,
      dir: join(settings.stateDir, IDENTITY_FOLDER),
      clock: Date.now,
      random: Math.random,
      logger,
    },
    ended.signal,
  );
  const uplink = createUplink({
    target: `${settings.collector.host}:${settings.collector.port}`,
    tls: identity.tls,
    node: settings.node,
    instance: randomUUID(),
    agentVersion: version,
    bootId: clock.bootId,
    catalogers,
    outbox: numberedOutbox(state.outbox, {
      restored: (reason) => noteLoss(reason),
      noRoom: (error) => logger.error({ err: error }, 'events that were stored cannot be removed'),
    }),
    content: contentSupply(state, catalogers),
    clock: Date.now,
    now: () => performance.now(),
    random: Math.random,
    logger,
    onContentLost: () => watch.contentLost(),
    ...(trustedKeys && { trustedKeys: () => trustedKeys.current() }),
    onCommand: (delivery) => commands.take(delivery),
  });

  if (trustedKeys !== undefined) {
    watchTrustedKeys({
      keys: trustedKeys,
      intervalMs: TRUSTED_KEYS_MS,
      signal: ended.signal,
      onChange(keys) {
        const trusted = keys.map(({ id, owner }) => `${owner} ${id}`);
        logger.info({ trusted }, 'trusted keys changed');
        audit.note(trustedKeysNote(keys));
      },
      onProblem: (problem) => logger.error({ problem }, 'trusted keys are not as they should be'),
    });
  }

  const reader = new NodeReader({
    runtimes: () => engines.current(),
    processes: (containers) => processes.read(containers),
    host: (known, limitations) =>
      hostFacts(version, clock.bootId, known, [...limitations, ...uplink.limitations()]),
    engineChanged: ({ id, status, message }) => {
      logger.warn({ engine: id, status, reason: message }, 'engine changed');
      const change = { kind: 'engine-change', engine: id, status } as const;
      events.note({ ...change, ...(message !== undefined && { message }) }, unkept);
    },
  });
  const images = new ImageScanner({
    catalogers,
    memory: scanMemory(state),
    readLayer: layerReader(scanner, state.layers, (kind, seconds) => metrics.layerRead(kind, seconds)),
    merging: scanner,
  });
  const scans = new ScanQueue({
    scanner: new FleetScanner({
      images,
      ask: (names, signal) => uplink.askContent(names, signal),
      decline: (wanted, why) => uplink.declineContent(wanted, why),
      paced: (read, signal) => pacing.scan(read, signal),
      isPaused: () => pacing.notes.length > 0,
      random: Math.random,
    }),
    runtimes: () => engines.current(),
    mayScan: (signal) => uplink.creditAvailable(signal),
    now: () => performance.now(),
    scanned(image, outcome) {
      if (outcome.kind !== 'elsewhere') metrics.imageScanned(outcome.kind);
      if (outcome.kind === 'failed')
        logger.warn({ image: image.imageId, reason: outcome.message }, 'image could not be read');
      else if (outcome.kind === 'scanned')
        logger.info({ image: image.imageId, layersRead: outcome.layersRead }, 'image read');
      watch.publish();
    },
  });
  const clockJumps = new ClockJumps(() => performance.now());
  let ownImageId: string | undefined;
  const watch = new NodeWatch(
    {
      reader,
      scans,
      observe: (present, inUse) => imageAges(state.seen, present, inUse, (step) => clockJumps.note(step)),
      publish(items, snapshot) {
        metrics.read(snapshot);
        ownImageId = ownImage(snapshot.processes, process.pid) ?? ownImageId;
        if (snapshot.complete) cleanupWatch.present(new Set(snapshot.images.map(({ imageId }) => imageId)));
        uplink.setState(items);
        uplink.offerContent(scans.content(snapshot.images));
      },
      settled: (images) => forgetUnused(state, images, scans.compositions()),
      failed: (error) => logger.error({ err: error }, 'reading the node failed'),
    },
    ended.signal,
  );

  const cleanup = openCleanup({
    node: settings.node,
    stateDir: settings.stateDir,
    ceilings: ceilingsFrom(settings),
    diskFolders: settings.cleanupDisks,
    engines: () =>
      engines.current().map((engine) => ({ id: engine.id, address: engine.address, reader: engine })),
    lives: () => state.seen.lives(),
    ownUses: () => ownUses(ownImageId, scans.current),
    warnings: () => clockJumps.warnings(),
    now: Date.now,
    audit,
    changed: (run) => events.note(receiptOf(run), unkept),
    onIdle: giveMemoryBack,
  });
  const commands = new CommandRunner(
    {
      store: state.commands,
      events: {
        add: (body) => events.add(body),
        waits: (number) => state.outbox.waits(number),
      },
      audit,
      cleanup,
      scan: () => watch.changed(),
      now: Date.now,
      logger,
    },
    ended.signal,
  );
  const cleanupWatch = new CleanupWatch(
    {
      cleanup,
      restored: (imageIds) => logger.info({ images: imageIds }, 'removed images were asked for and are back'),
      failed: (error) => logger.warn({ err: error }, 'looking after an earlier cleanup failed'),
    },
    ended.signal,
  );
  const control = await startControlServer(join(settings.stateDir, CONTROL_SOCKET), cleanup, ended.signal);

  const notes = (): readonly string[] => [...pacing.notes, ...(trustedKeys?.problems() ?? [])];
  const metricsServer = await startMetricsServer({
    listen: settings.metricsListen,
    registry: metrics.registry,
    readiness: () => readinessOf(uplink.status(), Date.now(), notes(), identity.problem()),
  });
  const jitter = { jitterMs: settings.scheduleJitter, random: Math.random };
  const endSchedule = onSchedule(settings.schedule, jitter, () => watch.changed());
  const scheduled = { cleanup, policy, isDryRun: settings.cleanupDryRun, logger };
  const endCleanupSchedule = hasCleanupSchedule
    ? onSchedule(settings.cleanupSchedule, jitter, () => void scheduledCleanup(scheduled, ended.signal))
    : async (): Promise<void> => undefined;
  const processTimer = setInterval(() => watch.processesChanged(), settings.processInterval);
  const cleanupTimer = setInterval(() => cleanupWatch.tick(), CLEANUP_TICK_MS);
  cleanupWatch.tick();
  if (state.recovered !== undefined) {
    noteLoss(
      `The node's state was ${state.recovered.reason} and set aside; events that waited in it are lost.`,
    );
  }
  commands.resume();
  // Not before there is a certificate; why there is none, readiness says. Closed meanwhile: never.
  identity.ready().then(
    () => uplink.start(),
    () => undefined,
  );
  watch.changed();
  logger.info({ node: settings.node, version }, 'agent started');

  return {
    metricsAddress: `${metricsServer.address.host}:${metricsServer.address.port}`,
    failed: failed.promise,
    async close() {
      clearInterval(processTimer);
      clearInterval(cleanupTimer);
      await Promise.all([endSchedule(), endCleanupSchedule()]);
      ended.abort();
      await Promise.all([watch.close(), cleanupWatch.close(), control.close(), commands.close()]);
      // What schedules and people began: its receipts are to go out too.
      await cleanup.close();
      await uplink.close(DRAIN_MS);
      await Promise.all([engines.close(), scanner.close(), metricsServer.close()]);
      audit.close();
      state.close();
      logger.info({ node: settings.node }, 'agent ended');
    },
  };
}

function processCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
