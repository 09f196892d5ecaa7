import { randomBytes } from 'node:crypto';
import {
  containerdRuntime,
  type ContainerdOptions,
  type ContainerdRuntime,
} from '../../agent/runtimes/containerd/containerd-runtime.ts';
import { nodePlatform } from '../../agent/runtimes/containerd/platform.ts';

/** A runtime on a test's containerd, that counts its calls. */
export interface CountingRuntime extends ContainerdRuntime {
  /** How often a method was called, by the end of its path, such as `Content/Read`. */
  calls(method: string): number;
}

export function runtimeOn(address: string, options: Partial<ContainerdOptions> = {}): CountingRuntime {
  const counts = new Map<string, number>();
  const runtime = containerdRuntime({
    address,
    platform: nodePlatform(process.arch),
    owner: 'test',
    now: Date.now,
    randomId: () => randomBytes(8).toString('hex'),
    ...options,
    onCall(path) {
      const method = path.slice(path.lastIndexOf('.') + 1);
      counts.set(method, (counts.get(method) ?? 0) + 1);
      options.onCall?.(path);
    },
  });
  return { ...runtime, calls: (method) => counts.get(method) ?? 0 };
}
