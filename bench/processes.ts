import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessTable } from '../agent/processes/process-table.ts';

// What one pass over a node's processes costs, with at least 400 programs running besides kernel threads.
// Budget: 30 ms of CPU. The peer is a loop that only reads the same files and keeps nothing.
// node bench/processes.ts [PROGRAMS]

const programs = Number(process.argv[2] ?? 400);
const BUDGET_MS = 30;
const PASSES = 40;

const children: ChildProcess[] = [];
try {
  for (let at = 0; at < programs; at += 1) children.push(spawn('sleep', ['600'], { stdio: 'ignore' }));
  await sleep(1000);
  const table = new ProcessTable();
  let count = 0;
  const first = cost(() => (count = table.read([]).processes.length));
  const passes = sorted(() => (count = table.read([]).processes.length));
  const reads = sorted(readOnly);
  const median = passes[PASSES / 2] ?? 0;
  const peer = reads[PASSES / 2] ?? 0;
  console.log(`${count} processes, kernel threads among them`);
  console.log(`first pass: ${first.toFixed(1)} ms of CPU`);
  console.log(`later passes: median ${median.toFixed(1)} ms, least ${(passes[0] ?? 0).toFixed(1)} ms`);
  console.log(
    `reading the same files only: median ${peer.toFixed(1)} ms; ratio ${(median / peer).toFixed(2)}`,
  );
  console.log(`budget for 400: ${BUDGET_MS} ms; ${((median / count) * 400).toFixed(1)} ms for 400`);
} finally {
  for (const child of children) child.kill('SIGKILL');
}

/** ms of processor time, all threads. */
function cost(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function sorted(run: () => void): number[] {
  return Array.from({ length: PASSES }, () => cost(run)).sort((left, right) => left - right);
}

function readOnly(): void {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    for (const file of ['stat', 'status', 'cgroup']) {
      try {
        readFileSync(`/proc/${name}/${file}`);
      } catch {
        break;
      }
    }
  }
}
