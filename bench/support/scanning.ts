import { join } from 'node:path';
import { ALLOCATOR } from './allocator.ts';
import type { Cost } from './cost.ts';
import { command } from './workplace.ts';

/** What one image's scan took, from finding its layers to its list of packages. */
export interface ScanReport extends Cost {
  readonly packages: number;
  readonly layersRead: number;
  /** The most that the scanning process had resident so far; it holds nothing but the scanner. */
  readonly peakBytes: number;
  /** What the scanning process sent to disks so far; its stores are in memory. */
  readonly writtenBytes: number;
}

export interface ScanOrder {
  /** Where the compiled product is. */
  readonly dist: string;
  /** containerd's socket. */
  readonly address: string;
  /** Names of images, scanned in order; what one read the next knows. */
  readonly images: readonly string[];
  /** Each from empty stores, with a new thread; 1 when absent. */
  readonly runs?: number;
}

/** Scans in a process of its own, as an agent does, with everything stored. One report for each image, run after run. */
export async function scan({ dist, address, images, runs = 1 }: ScanOrder): Promise<ScanReport[]> {
  const program = join(dist, 'bench/support/scan-process.js');
  const settings = Object.entries(ALLOCATOR).map(([name, value]) => `${name}=${value}`);
  const args = [...settings, process.execPath, program, address, String(runs), ...images];
  const output = await command('env', args);
  return output.split('\n').map((line) => JSON.parse(line) as ScanReport);
}
