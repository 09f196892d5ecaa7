import { statSync } from 'node:fs';
import type { EngineId } from '../core/inventory.ts';

/** Where engines put their sockets: the projects' defaults, then k3s, k0s and MicroK8s. */
const USUAL_PLACES: Readonly<Record<EngineId, readonly string[]>> = {
  containerd: [
    '/run/containerd/containerd.sock',
    '/run/k3s/containerd/containerd.sock',
    '/run/k0s/containerd.sock',
    '/var/snap/microk8s/common/run/containerd.sock',
  ],
  docker: ['/run/docker.sock', '/var/run/docker.sock'],
};

/**
 * The socket to use for an engine. `setting`: `auto` finds the first usual place that holds a socket, `none` gives
 * undefined, and a path is taken at its word, whether or not anything is there yet.
 */
export function engineAddress(
  engine: EngineId,
  setting: string,
  usualPlaces = USUAL_PLACES[engine],
): string | undefined {
  if (setting === 'none') return undefined;
  if (setting !== 'auto') return setting.replace(/^unix:(\/\/)?/, '');
  return usualPlaces.find(isSocket);
}

/** Not where we may not look: one engine out of reach must not hide the others. */
function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
