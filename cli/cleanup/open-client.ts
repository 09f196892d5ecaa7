import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ceilingsFrom, ceilingSettings } from '../../agent/cleanup-settings.ts';
import { engineAddress } from '../../agent/engine-addresses.ts';
import type { FullRuntime } from '../../agent/runtimes/holdings.ts';
import { openCleanup } from '../../agent/tasks/open-cleanup.ts';
import { CONTROL_SOCKET } from '../../agent/tasks/control-server.ts';
import { watchRun } from '../../agent/tasks/watch-run.ts';
import type { Settings } from '../../platform/config.ts';
import { openContainerd, openDocker } from '../engines/open-engine.ts';
import { nodeSettings } from '../node/node-settings.ts';
import { withScanState } from '../node/scan-state.ts';
import { agentClient, type CleanupClient } from './client.ts';

export const cleanupSettings = {
  ...nodeSettings,
  ...ceilingSettings,
  stateDir: {
    type: 'path',
    default: '/var/lib/tallyman',
    help: "The agent's folder: how old images are, plans and receipts",
  },
} as const;

/**
 * Cleanup on this node for as long as `use` runs: through the agent's socket where an agent runs, since it alone has the
 * node's memory then; else from that memory itself. Throws a Failure or a StateError.
 */
export async function withCleanup<T>(
  settings: Settings<typeof cleanupSettings>,
  signal: AbortSignal,
  use: (client: CleanupClient) => Promise<T>,
): Promise<T> {
  const socket = join(settings.stateDir, CONTROL_SOCKET);
  if (statSync(socket, { throwIfNoEntry: false })?.isSocket() === true)
    return await use(agentClient(socket, signal));
  return await withScanState(settings.stateDir, async (state) => {
    const engines = await openEngines(settings);
    try {
      const cleanup = openCleanup({
        node: hostname(),
        stateDir: settings.stateDir,
        ceilings: ceilingsFrom(settings),
        diskFolders: settings.cleanupDisks,
        engines: () => engines.map((engine) => ({ id: engine.id, address: engine.address, reader: engine })),
        lives: () => state.seen.lives(),
        ownUses: () => [],
        warnings: () => ['No agent runs here: images are as old as the last one saw them to be.'],
        now: Date.now,
        changed: () => undefined,
      });
      return await use({
        plan: (policy) => cleanup.plan(policy, signal),
        apply: (planId, issuer, onProgress) => cleanup.apply({ planId, issuer, onProgress }, signal),
        undo: (runId, request) => cleanup.undo(runId, request, signal),
        async settle(runId, issuer) {
          await cleanup.settle(signal, runId, issuer);
          return cleanup.receipt(runId);
        },
        watch: (runId, onProgress) => watchRun(cleanup, runId, onProgress, signal),
        history: async () => cleanup.history(),
        receipt: async (runId) => cleanup.receipt(runId),
      });
    } finally {
      await Promise.all(engines.map((engine) => engine.close()));
    }
  });
}

async function openEngines(settings: Settings<typeof cleanupSettings>): Promise<readonly FullRuntime[]> {
  const containerd = engineAddress('containerd', settings.containerdAddress);
  const docker = engineAddress('docker', settings.dockerAddress);
  return [
    ...(containerd === undefined ? [] : [await openContainerd(containerd)]),
    ...(docker === undefined ? [] : [await openDocker(docker)]),
  ];
}
