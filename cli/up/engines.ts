import { accessSync, constants } from 'node:fs';
import { engineAddress } from '../../agent/engine-addresses.ts';
import { EXIT, Failure } from '../failure.ts';

/** Engines on this machine that may be used. */
export interface FoundEngines {
  readonly containerd?: string;
  readonly docker?: string;
}

/**
 * Looks for engine sockets, each where its setting says: `auto` for the usual places, `none`, or a path.
 * Undefined when there is none. Throws a Failure when one is there and may not be opened.
 */
export function findEngines(settings: {
  readonly containerd: string;
  readonly docker: string;
}): FoundEngines | undefined {
  const containerd = engineAddress('containerd', settings.containerd);
  const docker = engineAddress('docker', settings.docker);
  const present = [containerd, docker].filter((address) => address !== undefined);
  const usable = present.filter(mayOpen);
  if (present.length === 0) return undefined;
  if (usable.length === 0) {
    throw new Failure(EXIT.denied, `${present.join(' and ')} may not be opened by this user; run as root`);
  }
  return {
    ...(containerd !== undefined && usable.includes(containerd) && { containerd }),
    ...(docker !== undefined && usable.includes(docker) && { docker }),
  };
}

function mayOpen(address: string): boolean {
  try {
    accessSync(address, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
