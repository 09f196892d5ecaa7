import { readFileSync } from 'node:fs';

/** The node's two clocks. */
export interface Clock {
  /** ms since the epoch, as the node believes; may jump either way. */
  wall(): number;
  /** ms since the node booted, the same for every process; never goes back before the next boot. */
  monotonic(): number;
  /** Differs after each boot; empty when unknown. */
  readonly bootId: string;
}

/** CLOCK_REALTIME and CLOCK_MONOTONIC, which on Linux starts with the boot (clock_gettime(2)). */
export function systemClock(): Clock {
  return {
    wall: Date.now,
    monotonic: () => Number(process.hrtime.bigint() / 1_000_000n),
    bootId: bootId(),
  };
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
