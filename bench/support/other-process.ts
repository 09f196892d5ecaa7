import { readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process in bytes: resident now, or the most that was at once. Source: proc(5), status. */
export function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Has the most memory counted anew from what is resident now. Source: proc(5), clear_refs. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Clock ticks a second, which are 100 on every Linux that Debian has. Source: sysconf(3), _SC_CLK_TCK. */
const TICK_MS = 10;

/** CPU that a process has taken, without its children. Source: proc(5), stat: fields 14 and 15 from the name on. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** CPU that the children of a process have taken that have ended. Source: proc(5), stat: cutime and cstime. */
export function endedChildrenCpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
