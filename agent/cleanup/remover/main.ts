import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { nodePressure } from '../../../platform/pressure.ts';
import { preferLittleMemory } from '../../../platform/small-memory.ts';
import { containerdRemoval } from '../../runtimes/containerd/removal.ts';
import { containerdRuntime } from '../../runtimes/containerd/containerd-runtime.ts';
import { nodePlatform } from '../../runtimes/containerd/platform.ts';
import { dockerRemoval } from '../../runtimes/docker/removal.ts';
import { dockerRuntime } from '../../runtimes/docker/docker-runtime.ts';
import { CleanupError } from '../cleanup-error.ts';
import { Journals } from '../journal/journals.ts';
import type { RemoverMessage, RemoverPlaces, RemoverReport } from '../orders.ts';
import { takeRunLock } from '../run-lock.ts';
import { carryOut } from './carry-out.ts';
import type { RemovalEngine } from './engine.ts';
import { removalPace } from './pace.ts';
import { errorMessage } from '../../../platform/error-message.ts';

// The short-lived process of a run: the only program of ours that can remove images. It gets one message, does what that
// says and ends. Told to stop (SIGTERM, or its parent is gone), it brings the image at hand to an end first.

preferLittleMemory();
const stopped = new AbortController();
process.on('SIGTERM', () => stopped.abort());
process.on('SIGINT', () => stopped.abort());
process.once('disconnect', () => stopped.abort());
process.once('message', (message: RemoverMessage) => void run(message));

async function run({ places, order }: RemoverMessage): Promise<void> {
  const engines: OpenEngine[] = [];
  let report: RemoverReport;
  try {
    const release = takeRunLock(join(places.folder, 'lock'));
    try {
      engines.push(...openEngines(places));
      const undo = await carryOut(
        order,
        {
          engines,
          journals: new Journals(join(places.folder, 'runs')),
          now: Date.now,
          newLeaseId: () => `tallyman-quarantine-${randomBytes(12).toString('hex')}`,
          pace: removalPace({ ioPressure: () => nodePressure('io')?.recent }),
          told: (record) => say({ kind: 'progress', record }),
        },
        stopped.signal,
      );
      report = { kind: 'done', ...(undo && { undo }) };
    } finally {
      release();
    }
  } catch (error) {
    const message = errorMessage(error);
    report = { kind: 'failed', code: error instanceof CleanupError ? error.code : 'failed', message };
  }
  await Promise.allSettled(engines.map((engine) => engine.close()));
  // An open channel would keep this process alive.
  say(report, () => process.disconnect());
}

/** To nobody, when the parent is gone. */
function say(report: RemoverReport, then: () => void = () => undefined): void {
  if (process.connected) process.send?.(report, then);
}

interface OpenEngine extends RemovalEngine {
  close(): Promise<unknown>;
}

function openEngines({ containerd, docker }: RemoverPlaces): OpenEngine[] {
  const engines: OpenEngine[] = [];
  if (containerd !== undefined) {
    const owner = 'tallyman-cleanup';
    const reader = containerdRuntime({
      address: containerd,
      platform: nodePlatform(process.arch),
      owner,
      now: Date.now,
      randomId: () => randomBytes(12).toString('hex'),
    });
    const removal = containerdRemoval({ address: containerd, owner });
    const close = (): Promise<unknown> => Promise.all([reader.close(), removal.close()]);
    engines.push({ id: 'containerd', reader, removal, close });
  }
  if (docker !== undefined) {
    const reader = dockerRuntime({ address: docker });
    const removal = dockerRemoval({ address: docker });
    const close = (): Promise<unknown> => Promise.all([reader.close(), removal.close()]);
    engines.push({ id: 'docker', reader, removal, close });
  }
  return engines;
}
