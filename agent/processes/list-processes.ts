import { closeSync, readdirSync } from 'node:fs';
import type { ProcessRecord } from '../../core/attribution.ts';
import { readCgroup } from '../../core/cgroup.ts';
import { mountsOf, viewNode } from './node-view.ts';
import type { NodeView } from './node-view.ts';
import { ProcReader, readProcLink } from './proc-reader.ts';
import { parseBootTime, parseStat, parseStatus } from './proc-text.ts';
import type { ProcStat } from './proc-text.ts';
import { ProcessError } from './process-error.ts';

export interface ListOptions {
  /** Where the node's proc(5) is mounted. */
  readonly procRoot?: string;
  /** At most so many processes, lowest numbers first, so that a fork bomb cannot stall the agent. */
  readonly maxProcesses?: number;
  readonly signal?: AbortSignal;
}

/** All processes at about one moment. */
export interface ProcessListing {
  readonly bootId: string;
  readonly processes: readonly ProcessRecord[];
  readonly node: NodeView;
  /** Processes that ended while they were read. */
  readonly vanished: number;
  /** Processes that the kernel hides from us. */
  readonly hidden: number;
  /** Processes beyond the most that are read. */
  readonly omitted: number;
  /** Processes of which everything but the executable was readable. */
  readonly executablesDenied: number;
}

/**
 * USER_HZ, the unit of all times in proc(5): 100 on x86-64 and arm64 whatever the kernel's own rate is, for
 * programs were compiled against it (include/uapi/asm-generic/param.h). Only Alpha and Itanium differed.
 */
const TICKS_PER_SECOND = 100;
const DEFAULT_MAX_PROCESSES = 16_384;
/** A cgroup path is at most 4096 bytes, and version 1 has about a dozen hierarchies. */
const PROC_FILE_BYTES = 64 * 1024;
/** `/proc/stat` has a line a CPU, and before `btime` a line with a number for every interrupt: long on large machines. */
const NODE_STAT_BYTES = 4 * 1024 * 1024;
const DELETED = ' (deleted)';

interface Boot {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly time: number;
}

/**
 * Lists the node's processes in one synchronous pass: four small files each, less for kernel threads.
 * Neither command lines nor environments are read. Throws a ProcessError when `procRoot` is no proc(5).
 */
export function listProcesses(options: ListOptions = {}): ProcessListing {
  const { procRoot = '/proc', maxProcesses = DEFAULT_MAX_PROCESSES, signal } = options;
  const reader = new ProcReader(PROC_FILE_BYTES);
  const boot = readBoot(procRoot, reader);
  const pass = new Pass(procRoot, boot, viewNode(procRoot, reader), reader);
  const pids = readPids(procRoot);
  const processes: ProcessRecord[] = [];
  const counts = { gone: 0, denied: 0, failed: 0, executablesDenied: 0 };
  for (const pid of pids.slice(0, maxProcesses)) {
    signal?.throwIfAborted();
    const record = pass.read(pid);
    if (typeof record === 'string') counts[record] += 1;
    else processes.push(record);
  }
  return {
    bootId: boot.id,
    processes,
    node: pass.node,
    vanished: counts.gone,
    hidden: counts.denied + counts.failed,
    omitted: Math.max(0, pids.length - maxProcesses),
    executablesDenied: pass.executablesDenied,
  };
}

const kernelThread = {
  executable: '',
  executableDeleted: false,
  uid: 0,
  kernelThread: true,
  cgroup: '',
  nestedPidNamespace: false,
  mountNamespace: 'unknown',
} as const;

/** What one pass over the processes shares. */
class Pass {
  readonly node: NodeView;
  executablesDenied = 0;
  readonly #procRoot: string;
  readonly #boot: Boot;
  readonly #reader: ProcReader;
  /** Most processes share their cgroup's text with another. */
  readonly #wantsMounts = new Map<string, boolean>();

  constructor(procRoot: string, boot: Boot, node: NodeView, reader: ProcReader) {
    this.#procRoot = procRoot;
    this.#boot = boot;
    this.node = node;
    this.#reader = reader;
  }

  /**
   * One process. Its status file is opened first and read last: an open file of proc(5) is tied to the process, not to
   * the number, and cannot be read once that one is gone. So what was read by number in between is of the same process.
   */
  read(pid: number): ProcessRecord | 'gone' | 'denied' | 'failed' {
    const status = this.#reader.open(`${this.#procRoot}/${pid}/status`);
    if (typeof status !== 'number') return status;
    try {
      return this.#read(pid, status);
    } finally {
      closeSync(status);
    }
  }

  #read(pid: number, statusFile: number): ProcessRecord | 'gone' | 'denied' | 'failed' {
    const bytes = this.#reader.read(`${this.#procRoot}/${pid}/stat`);
    if (typeof bytes === 'string') return bytes;
    const stat = parseStat(bytes);
    if (stat === undefined) return 'failed';
    if (stat.kernelThread) return { ...this.#identity(pid, stat), ...kernelThread };
    const cgroup = this.#cgroup(pid);
    const mountNamespace = this.#needsMounts(cgroup) ? mountsOf(this.#procRoot, pid, this.node) : 'unknown';
    const executable = this.#executable(pid, stat);
    const last = this.#reader.readAgain(statusFile);
    if (typeof last === 'string') return last;
    const status = parseStatus(last);
    if (status === undefined) return 'failed';
    if (executable.denied) this.executablesDenied += 1;
    return {
      ...this.#identity(pid, stat),
      executable: executable.path,
      executableDeleted: executable.deleted,
      uid: status.effectiveUid,
      kernelThread: false,
      cgroup,
      nestedPidNamespace: status.nestedPidNamespace,
      mountNamespace,
    };
  }

  #identity(
    pid: number,
    stat: ProcStat,
  ): Pick<ProcessRecord, 'bootId' | 'pid' | 'parentPid' | 'startTicks' | 'startedAt' | 'command'> {
    return {
      bootId: this.#boot.id,
      pid,
      parentPid: stat.parentPid,
      startTicks: stat.startTicks,
      startedAt: this.#boot.time * 1000 + stat.startTicks * (1000 / TICKS_PER_SECOND),
      command: stat.command,
    };
  }

  #cgroup(pid: number): string {
    const bytes = this.#reader.read(`${this.#procRoot}/${pid}/cgroup`);
    return typeof bytes === 'string' ? '' : bytes.toString('utf8');
  }

  #executable(pid: number, stat: ProcStat): { path: string; deleted: boolean; denied: boolean } {
    const link = stat.zombie ? 'gone' : readProcLink(`${this.#procRoot}/${pid}/exe`);
    if (typeof link === 'string') return { path: '', deleted: false, denied: link === 'denied' };
    // Asking the file itself could hang for good where its file system is a dead NFS or a hostile FUSE.
    const deleted = link.target.endsWith(DELETED);
    return { path: deleted ? link.target.slice(0, -DELETED.length) : link.target, deleted, denied: false };
  }

  /** Namespaces are only read where the cgroup alone does not say whose the process is. */
  #needsMounts(cgroup: string): boolean {
    const before = this.#wantsMounts.get(cgroup);
    if (before !== undefined) return before;
    const { kind } = readCgroup(cgroup, this.node.cgroupRoot);
    const wanted = kind !== 'containers' && kind !== 'conflict' && kind !== 'unit';
    this.#wantsMounts.set(cgroup, wanted);
    return wanted;
  }
}

function readPids(procRoot: string): number[] {
  const pids: number[] = [];
  for (const name of readdirSync(procRoot)) {
    if (/^[1-9]\d{0,8}$/.test(name)) pids.push(Number(name));
  }
  return pids.sort((left, right) => left - right);
}

function readBoot(procRoot: string, reader: ProcReader): Boot {
  const id = reader.read(`${procRoot}/sys/kernel/random/boot_id`);
  if (typeof id === 'string') {
    throw new ProcessError('not-procfs', `${procRoot} is no proc file system; mount the node's /proc there`);
  }
  const bootId = id.toString('latin1').trim();
  const time = bootTime(procRoot, reader) ?? bootTime(procRoot, new ProcReader(NODE_STAT_BYTES));
  if (time === undefined || !/^[0-9a-f-]{36}$/.test(bootId)) {
    throw new ProcessError(
      'malformed',
      `${procRoot}/stat or boot_id does not say when and as what the node booted`,
    );
  }
  return { id: bootId, time };
}

function bootTime(procRoot: string, reader: ProcReader): number | undefined {
  const bytes = reader.read(`${procRoot}/stat`);
  return typeof bytes === 'string' ? undefined : parseBootTime(bytes);
}
