import { readFileSync } from 'node:fs';
import { arch, hostname, release } from 'node:os';
import type { Engine, Host } from '../../core/inventory.ts';
import { nodePlatform } from '../runtimes/containerd/platform.ts';

/** The node's release file as its first process sees it, and ours: the same, but in a container. */
const RELEASE_FILES = ['/proc/1/root/etc/os-release', '/proc/1/root/usr/lib/os-release', '/etc/os-release'];

/** The node itself; `limitations` are sentences. */
export function hostFacts(
  agentVersion: string,
  bootId: string,
  engines: readonly Engine[],
  limitations: readonly string[],
): Host {
  return {
    hostname: hostname(),
    os: systemName(),
    kernel: release(),
    architecture: nodePlatform(arch()).architecture,
    bootId,
    agentVersion,
    engines,
    limitations,
  };
}

function systemName(): string {
  for (const path of RELEASE_FILES) {
    try {
      const name = /^PRETTY_NAME=(?:"(.*)"|'(.*)'|(.*))$/m.exec(readFileSync(path, 'utf8'));
      if (name !== null) return name[1] ?? name[2] ?? name[3] ?? '';
    } catch {
      // The next place.
    }
  }
  return 'Linux';
}
