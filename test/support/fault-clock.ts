import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultBench } from './fault-programs.ts';

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** `false` when Debian's libfaketime is installed, else the reason to skip. */
export function needsFaketime(): false | string {
  return statSync(FAKETIME, { throwIfNoEntry: false }) ? false : 'needs libfaketime';
}

/** A clock of one program's own. */
export interface JumpingClock {
  /** From now on it is so much ahead of the real time, or behind: `+3h`, `-20m`, `+0`. */
  set(offset: string): void;
  /** What the program is started with. */
  readonly environment: readonly string[];
}

/** It is right until it is set. */
export function jumpingClock(bench: FaultBench, name: string): JumpingClock {
  const file = join(bench.folder, `clock of ${name}`);
  const set = (offset: string): void => writeFileSync(file, offset);
  set('+0');
  const environment = [
    `LD_PRELOAD=${FAKETIME}`,
    `FAKETIME_TIMESTAMP_FILE=${file}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
  ];
  return { set, environment };
}
