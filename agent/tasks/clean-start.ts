import type { FullRuntime } from '../runtimes/holdings.ts';

/** The runtime, whose layers are read only once `cleaned` is fulfilled: what an earlier run left held is given back first. */
export function afterCleanUp(runtime: FullRuntime, cleaned: Promise<void>): FullRuntime {
  return {
    ...runtime,
    async withLayers(image, signal, use) {
      await cleaned;
      return await runtime.withLayers(image, signal, use);
    },
  };
}
