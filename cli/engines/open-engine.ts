import { randomBytes } from 'node:crypto';
import type { Platform } from '../../agent/runtimes/containerd/platform.ts';
import type { FullRuntime } from '../../agent/runtimes/holdings.ts';
import type { Runtime } from '../../agent/runtimes/runtime.ts';

/** `platform`: which part of an image for several to take; this machine's when absent. */
export async function openContainerd(address: string, platform?: Platform): Promise<FullRuntime> {
  const { containerdRuntime } = await import('../../agent/runtimes/containerd/containerd-runtime.ts');
  const { nodePlatform } = await import('../../agent/runtimes/containerd/platform.ts');
  return containerdRuntime({
    address,
    platform: platform ?? nodePlatform(process.arch),
    owner: `cli-${process.pid}`,
    now: Date.now,
    randomId: () => randomBytes(12).toString('hex'),
  });
}

/** Loads dockerode, which is not small, only now. */
export async function openDocker(address: string): Promise<FullRuntime> {
  const { dockerRuntime } = await import('../../agent/runtimes/docker/docker-runtime.ts');
  return dockerRuntime({ address });
}

/** Opens an engine for as long as `use` runs. */
export async function withEngine<T>(
  open: Promise<Runtime>,
  use: (engine: Runtime) => Promise<T>,
): Promise<T> {
  const engine = await open;
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}
