import type { Runtime } from '../runtimes/runtime.ts';

/** The runtime, whose layers are read only once `cleaned` is fulfilled: what an earlier run left held is given back first. */
export function afterCleanUp(runtime: Runtime, cleaned: Promise<void>): Runtime {
  return {
    ...runtime,
    async withLayers(image, signal, use) {
      await cleaned;
      return await runtime.withLayers(image, signal, use);
    },
  };
}
