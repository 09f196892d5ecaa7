import { cpus, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import type { Cost } from './cost.ts';

const TITLE_WIDTH = 58;

/** One line: what was measured, and how it came out. */
export function say(what: string, ...figures: readonly string[]): void {
  console.log(`${what.padEnd(TITLE_WIDTH)} ${figures.join(', ')}`);
}

/** The machine, without its name. */
export function sayMachine(): void {
  const system = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  const cores = cpus().length;
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `${system}, kernel ${release().split('-')[0]}, ${cores} cores, ${memory} GiB; Node ${process.version}`,
  );
}

export function ms(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

export function cost({ wallMs, cpuMs }: Cost): string {
  return `${ms(wallMs)}, ${ms(cpuMs)} of CPU`;
}

/** How many times as much as the peer, in time and in processor time. */
export function ratio(ours: Cost, peer: Cost): string {
  const wall = (ours.wallMs / peer.wallMs).toFixed(2);
  return `${wall} times as long, ${(ours.cpuMs / peer.cpuMs).toFixed(2)} times the CPU`;
}
