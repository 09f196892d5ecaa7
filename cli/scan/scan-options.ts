import type { Platform } from '../../agent/layers/archives/platform.ts';
import { EXIT, Failure } from '../failure.ts';
import type { ScanTarget, TargetKind } from './target.ts';

export interface ScanOptions {
  /** Of an image that is there for several; this machine's when absent. */
  readonly platform?: Platform;
  /** Which image of an archive that holds several. */
  readonly image?: string;
  /** containerd's; every one when absent. */
  readonly namespace?: string;
  /** As in `engineAddress`. */
  readonly containerdAddress: string;
  readonly dockerAddress: string;
}

/** Flags that mean something for some targets only. */
const APPLIES: Readonly<Record<string, readonly TargetKind[]>> = {
  address: ['containerd', 'docker'],
  namespace: ['containerd'],
  platform: ['containerd', 'docker-archive', 'oci-archive', 'oci-layout'],
  image: ['docker-archive', 'oci-archive', 'oci-layout'],
};

/** Throws a Failure for a flag that was given and means nothing for this target. `flags`: by name, as given. */
export function refuseStrayFlags(target: ScanTarget, flags: Readonly<Record<string, unknown>>): void {
  for (const [flag, kinds] of Object.entries(APPLIES)) {
    if (flags[flag] === undefined || kinds.includes(target.kind)) continue;
    throw new Failure(
      EXIT.usage,
      `--${flag} means nothing for ${target.kind}:, only for ${kinds.join(':, ')}:`,
    );
  }
}

/** Reads `os/arch` or `os/arch/variant`. Throws a Failure. */
export function parsePlatform(text: string): Platform {
  const parts = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9]+))?$/.exec(text);
  const [, os, architecture, variant] = parts ?? [];
  if (os === undefined || architecture === undefined) {
    throw new Failure(
      EXIT.usage,
      `platform is "${text}"; it must be os/arch or os/arch/variant, such as linux/arm64`,
    );
  }
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
