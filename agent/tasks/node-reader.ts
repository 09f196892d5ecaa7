import type { Container, Engine, Host, Image, Process } from '../../core/inventory.ts';
import { joinInventories } from '../../core/join-images.ts';
import type { Runtime, RuntimeView } from '../runtimes/runtime.ts';
import { errorMessage } from '../../platform/error-message.ts';

/** All that was seen of a node at one moment, joined. */
export interface NodeSnapshot {
  readonly host: Host;
  readonly images: readonly Image[];
  readonly containers: readonly Container[];
  readonly processes: readonly Process[];
  /** Every engine answered: what is not listed is not there. */
  readonly complete: boolean;
}

export interface NodeReaderParts {
  /** Engines at hand right now; asked anew for each reading, since one may appear later. */
  runtimes(): readonly Runtime[];
  /** `limitations`: sentences on what of them cannot be seen. */
  processes(containers: readonly Container[]): {
    readonly processes: readonly Process[];
    readonly limitations: readonly string[];
  };
  host(engines: readonly Engine[], limitations: readonly string[]): Host;
  /** Called when an engine is lost or comes back. */
  engineChanged(engine: Engine): void;
}

/** Reads engines and processes. A lost engine shows as degraded with what it last held, never as an empty node. */
export class NodeReader {
  readonly #parts: NodeReaderParts;
  readonly #last = new Map<string, RuntimeView>();

  constructor(parts: NodeReaderParts) {
    this.#parts = parts;
  }

  /** Engines and processes. Does not throw for an engine that cannot be read. */
  async read(signal: AbortSignal): Promise<NodeSnapshot> {
    const views = await Promise.all(this.#parts.runtimes().map((runtime) => this.#view(runtime, signal)));
    return this.#join(views);
  }

  /** Processes anew, engines as last read: cheap. */
  readProcesses(): NodeSnapshot {
    return this.#join([...this.#last.values()]);
  }

  async #view(runtime: Runtime, signal: AbortSignal): Promise<RuntimeView> {
    const key = `${runtime.id} ${runtime.address}`;
    const before = this.#last.get(key);
    const view = await runtime
      .view(signal)
      .catch((error: unknown) => degraded(runtime, before, errorMessage(error)));
    signal.throwIfAborted();
    this.#last.set(key, view);
    if (view.engine.status !== (before?.engine.status ?? 'ok')) this.#parts.engineChanged(view.engine);
    return view;
  }

  #join(views: readonly RuntimeView[]): NodeSnapshot {
    const { images, containers } = joinInventories(
      views.flatMap((view) => view.images),
      views.flatMap((view) => view.containers),
    );
    const engines = views.map((view) => view.engine);
    const problems = views.flatMap((view) =>
      view.problems.map(({ subject, message }) => `${subject}: ${message}`),
    );
    const { processes, limitations } = this.#parts.processes(containers);
    return {
      host: this.#parts.host(engines, [...limitations, ...problems]),
      images,
      containers,
      processes: processes.filter((one) => !isKernelThread(one)),
      complete: engines.length > 0 && engines.every((engine) => engine.status === 'ok'),
    };
  }
}

function degraded(runtime: Runtime, before: RuntimeView | undefined, message: string): RuntimeView {
  const engine = {
    ...before?.engine,
    id: runtime.id,
    address: runtime.address,
    status: 'degraded',
    message,
  } as const;
  return { images: [], containers: [], leases: [], problems: [], ...before, engine };
}

/** Threads of the kernel run no program. All are children of kthreadd, which is 2 wherever it can be seen. */
function isKernelThread({ pid, parentPid, executable }: Process): boolean {
  return executable === '' && (pid === 2 || parentPid === 2);
}
