import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects what nobody holds. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The first collection may still be sweeping when it returns.
  collect();
  collect();
}

/** Bytes in array buffers that something still holds: what nobody holds is collected first. */
export function heldArrayBuffers(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
