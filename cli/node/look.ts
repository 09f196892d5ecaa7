import { engineAddress } from '../../agent/engine-addresses.ts';
import { ProcessTable } from '../../agent/processes/process-table.ts';
import { RuntimeError, type Runtime } from '../../agent/runtimes/runtime.ts';
import { systemClock } from '../../agent/state/clock.ts';
import { hostFacts } from '../../agent/tasks/host-facts.ts';
import { NodeReader, type NodeSnapshot } from '../../agent/tasks/node-reader.ts';
import type { EngineId } from '../../core/inventory.ts';
import { openContainerd, openDocker } from '../engines/open-engine.ts';
import { EXIT, exitCodeOf, Failure } from '../failure.ts';

export interface LookOptions {
  /** As in `engineAddress`. */
  readonly containerdAddress: string;
  readonly dockerAddress: string;
  readonly toolVersion: string;
  /** True: an answer without any engine is worth nothing. */
  readonly needsEngine: boolean;
}

/** The node as it is now. */
export interface NodeLook extends NodeSnapshot {
  readonly runtimes: readonly Runtime[];
  /** Engines that could not be read: what they hold is missing. */
  readonly failures: readonly RuntimeError[];
  /** Of the host's limitations, those that concern processes alone. */
  readonly processLimitations: readonly string[];
}

/** Reads engines and processes once, and keeps the engines open while `use` runs. Throws a Failure when there is nothing to see. */
export async function lookAtNode<T>(
  options: LookOptions,
  signal: AbortSignal,
  use: (look: NodeLook) => Promise<T>,
): Promise<T> {
  const failed = new Map<Runtime, RuntimeError>();
  const opened = await openEngines(options);
  const runtimes = opened.map((runtime) => hearing(runtime, (failure) => failed.set(runtime, failure)));
  const processes = new ProcessTable();
  let processLimitations: readonly string[] = [];
  const { bootId } = systemClock();
  const reader = new NodeReader({
    runtimes: () => runtimes,
    processes(containers) {
      const pass = processes.read(containers, signal);
      processLimitations = pass.limitations;
      return pass;
    },
    host: (engines, limitations) => hostFacts(options.toolVersion, bootId, engines, limitations),
    engineChanged: () => undefined,
  });
  try {
    if (options.needsEngine && runtimes.length === 0) throw noEngine();
    const snapshot = await reader.read(signal);
    const failures = opened.flatMap((runtime) => failed.get(runtime) ?? []);
    if (options.needsEngine && failures.length === runtimes.length) throw noneAnswers(failures);
    return await use({ ...snapshot, runtimes, failures, processLimitations });
  } finally {
    await Promise.all(opened.map((runtime) => runtime.close()));
  }
}

/** containerd first: its leases keep layers while they are read. */
async function openEngines({ containerdAddress, dockerAddress }: LookOptions): Promise<Runtime[]> {
  const open = async (id: EngineId, setting: string): Promise<Runtime[]> => {
    const address = engineAddress(id, setting);
    if (address === undefined) return [];
    return [await (id === 'docker' ? openDocker(address) : openContainerd(address))];
  };
  return [...(await open('containerd', containerdAddress)), ...(await open('docker', dockerAddress))];
}

/** The node's reader keeps only the words of a failure; the exit code needs its kind. */
function hearing(runtime: Runtime, failed: (failure: RuntimeError) => void): Runtime {
  return {
    id: runtime.id,
    address: runtime.address,
    async view(signal) {
      try {
        return await runtime.view(signal);
      } catch (error) {
        if (error instanceof RuntimeError) failed(error);
        throw error;
      }
    },
    events: (signal) => runtime.events(signal),
    withLayers: (image, signal, use) => runtime.withLayers(image, signal, use),
    close: () => runtime.close(),
  };
}

function noEngine(): Failure {
  return new Failure(
    EXIT.unreachable,
    'there is no containerd or Docker socket in the usual places; start an engine, or name its socket with --containerd-address or --docker-address',
  );
}

function noneAnswers(failures: readonly RuntimeError[]): Failure {
  const codes = failures.map(exitCodeOf);
  const exitCode = codes.includes(EXIT.denied) ? EXIT.denied : (codes[0] ?? EXIT.failed);
  return new Failure(exitCode, failures.map(({ message }) => message).join('; '), failures[0]);
}
