/** What is taken from `/proc/PID/stat`. */
export interface ProcStat {
  readonly pid: number;
  readonly command: string;
  readonly parentPid: number;
  readonly kernelThread: boolean;
  readonly zombie: boolean;
  readonly startTicks: number;
}

/** What is taken from `/proc/PID/status`. */
export interface ProcStatus {
  readonly effectiveUid: number;
  readonly nestedPidNamespace: boolean;
}

/** PF_KTHREAD of the kernel's include/linux/sched.h, in the flags field of stat. */
const KERNEL_THREAD = 0x0020_0000;
const OPEN = 0x28;
const CLOSE = 0x29;

/**
 * Reads the one line of `/proc/PID/stat`. A process names itself as it likes, `) S 1 (` included, so the name ends at
 * the last parenthesis: only numbers follow it. Source: proc_pid_stat(5), fields 1 to 4, 9 and 22.
 */
export function parseStat(bytes: Buffer): ProcStat | undefined {
  const open = bytes.indexOf(OPEN);
  const close = bytes.lastIndexOf(CLOSE);
  if (open < 0 || close < open) return undefined;
  const pid = whole(bytes.toString('latin1', 0, open).trim());
  const fields = bytes
    .toString('latin1', close + 1)
    .trim()
    .split(' ');
  const parentPid = whole(fields[1]);
  const flags = whole(fields[6]);
  const startTicks = whole(fields[19]);
  if (pid === undefined || parentPid === undefined || flags === undefined || startTicks === undefined)
    return undefined;
  return {
    pid,
    command: bytes.toString('utf8', open + 1, close),
    parentPid,
    kernelThread: (flags & KERNEL_THREAD) !== 0,
    zombie: fields[0] === 'Z',
    startTicks,
  };
}

/** Reads `/proc/PID/status`; the kernel escapes line feeds in its `Name:`, so lines can be trusted. */
export function parseStatus(bytes: Buffer): ProcStatus | undefined {
  const text = bytes.toString('latin1');
  // Real, effective, saved, file system: proc_pid_status(5).
  const effectiveUid = whole(valueOf(text, 'Uid')[1]);
  if (effectiveUid === undefined) return undefined;
  // One PID a namespace, from the reader's down to the process's own.
  return { effectiveUid, nestedPidNamespace: valueOf(text, 'NSpid').length > 1 };
}

function valueOf(text: string, key: string): string[] {
  const start = text.indexOf(`\n${key}:\t`);
  if (start < 0) return [];
  const from = start + key.length + 3;
  const end = text.indexOf('\n', from);
  return text.slice(from, end < 0 ? undefined : end).split('\t');
}

/** When the node booted, in seconds since the epoch: `btime` of `/proc/stat`. */
export function parseBootTime(bytes: Buffer): number | undefined {
  return whole(/^btime (\d+)$/m.exec(bytes.toString('latin1'))?.[1]);
}

/** Names by user ID of a passwd(5) file; the first line of an ID counts, as for getpwuid(3). */
export function parsePasswd(bytes: Buffer): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of bytes.toString('utf8').split('\n')) {
    const [name = '', , id] = line.split(':', 3);
    const uid = whole(id);
    if (uid !== undefined && name !== '' && !name.startsWith('#') && !names.has(uid)) names.set(uid, name);
  }
  return names;
}

function whole(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
