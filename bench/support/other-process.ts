import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

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

/** CPU that a process has taken, without its children. Source: proc(5), stat: utime and stime. */
export function cpuMsOf(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** CPU that the children of a process have taken that have ended. Source: proc(5), stat: cutime and cstime. */
export function endedChildrenCpuMs(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/** Processes whose parent it is, as far as they live. Source: proc(5), stat: ppid. */
export function childrenOf(pid: number): number[] {
  const all = readdirSync('/proc').map(Number);
  return all.filter((one) => one > 0 && parentOf(one) === pid);
}

/** Undefined: it has ended meanwhile. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return undefined;
  }
}

/** What follows a process's name. Source: proc(5), stat, from the third field on. */
function statOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
