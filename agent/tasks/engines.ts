import { Backoff } from '../../platform/backoff.ts';
import { engineAddress } from '../engine-addresses.ts';
import type { FullRuntime } from '../runtimes/holdings.ts';
import { watchEngine } from './engine-watch.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

export interface EnginesParts {
  /** As in the settings: `auto`, `none` or a path. */
  readonly containerd: string;
  readonly docker: string;
  openContainerd(address: string): FullRuntime;
  openDocker(address: string): FullRuntime;
  /** Something happened in an engine. */
  readonly onChange: () => void;
  readonly random: () => number;
}

/** The engines at hand. One that is looked for and not there yet is taken in when it appears. */
export class Engines {
  readonly #parts: EnginesParts;
  readonly #signal: AbortSignal;
  readonly #open = new Map<string, FullRuntime>();
  readonly #watches: Promise<void>[] = [];

  constructor(parts: EnginesParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** All engines; looks for those that appeared since. containerd first: its leases keep layers while they are read. */
  current(): readonly FullRuntime[] {
    this.#take('containerd', this.#parts.containerd, (address) => this.#parts.openContainerd(address));
    this.#take('docker', this.#parts.docker, (address) => this.#parts.openDocker(address));
    return [...this.#open.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.#watches);
    await Promise.all([...this.#open.values()].map((runtime) => runtime.close()));
  }

  #take(id: FullRuntime['id'], setting: string, open: (address: string) => FullRuntime): void {
    if (this.#open.has(id) || this.#signal.aborted) return;
    const address = engineAddress(id, setting);
    if (address === undefined) return;
    const runtime = open(address);
    this.#open.set(id, runtime);
    const { onChange, random } = this.#parts;
    const backoff = new Backoff({ baseMs: FIRST_RETRY_MS, capMs: LONGEST_RETRY_MS, random });
    this.#watches.push(watchEngine({ runtime, onChange, backoff }, this.#signal));
  }
}
