import { LayerError } from './layer-error.ts';
import { DEFAULT_LIMITS, type LayerLimits, type ReadOptions } from './layer-source.ts';

/** How much work may pass between two looks at the clock and the signal. */
const STEPS_BETWEEN_PAUSES = 4096;

/** Watches what one layer costs. */
export interface Budget {
  readonly limits: LayerLimits;
  /** Counts work, in units of about one directory entry. True when it is time for `pause`. */
  spend(steps: number): boolean;
  /** Lets the event loop run, then throws if the reading was aborted or took too long. */
  pause(): Promise<void>;
  /** Throws when the index grows beyond its caps. */
  checkIndex(entries: number, bytes: number): void;
  /** Throws when a tar unfolds to more than its cap. */
  checkTar(bytes: number): void;
}

/** Starts counting now. */
export function startBudget(options: ReadOptions = {}): Budget {
  const { signal, limits = DEFAULT_LIMITS, now = () => performance.now(), passage } = options;
  const deadline = now() + limits.milliseconds - (passage?.waitedMs ?? 0);
  let steps = 0;
  signal?.throwIfAborted();
  return {
    limits,
    spend(more) {
      steps += more;
      return steps >= STEPS_BETWEEN_PAUSES;
    },
    async pause() {
      steps = 0;
      await new Promise<void>((resolve) => setImmediate(resolve));
      passage?.pass();
      signal?.throwIfAborted();
      if (now() > deadline + (passage?.waitedMs ?? 0))
        throw exceeded(`took longer than ${limits.milliseconds} ms`);
    },
    checkIndex(entries, bytes) {
      if (entries > limits.entries) throw exceeded(`has more than ${limits.entries} names`);
      if (bytes > limits.indexBytes)
        throw exceeded(`has names of more than ${limits.indexBytes} bytes in all`);
    },
    checkTar(bytes) {
      if (bytes > limits.tarBytes) throw exceeded(`is larger than ${limits.tarBytes} bytes uncompressed`);
    },
  };
}

function exceeded(what: string): LayerError {
  return new LayerError('limit', `the layer ${what}; raise the limit if the image is to be trusted`);
}
