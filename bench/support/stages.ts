import { join } from 'node:path';
import { command } from './workplace.ts';

/** How long the parts of one scan took, in ms, all in one thread. */
export interface StageReport {
  readonly stages: Readonly<Record<string, number>>;
  /** By cataloger; a part of the stage `reading`. */
  readonly parsing: Readonly<Record<string, number>>;
  readonly facts: number;
  readonly packages: number;
  /** Directories of the layers, base first. */
  readonly paths: readonly string[];
}

/** Scans one image stage by stage, `runs` times in a process of its own; `flags` are for Node. */
export async function stages(
  dist: string,
  address: string,
  name: string,
  { runs, flags = [] }: { readonly runs: number; readonly flags?: readonly string[] },
): Promise<StageReport[]> {
  const program = join(dist, 'bench/support/stages-process.js');
  const output = await command(process.execPath, [...flags, program, address, name, String(runs)]);
  return output.split('\n').map((line) => JSON.parse(line) as StageReport);
}
