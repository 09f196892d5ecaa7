/** Files that the collector has open beside connections: the database, the API's connections, its own. */
const OTHER_FILES = 2000;
/** What a process with few files keeps for connections all the same. */
const LEAST_PART = 0.5;

/**
 * Connections that there is room for, of so many that are wanted: each is an open file, and a process that has no more of these
 * cannot write its database either. `limits`: text of `/proc/self/limits`, proc_pid_limits(5).
 */
export function connectionsWithin(wanted: number, limits: string): number {
  const [, soft = ''] = /^Max open files +(\d+|unlimited) /m.exec(limits) ?? [];
  const files = Number(soft);
  if (soft === '' || !Number.isInteger(files)) return wanted;
  return Math.min(wanted, Math.max(files - OTHER_FILES, Math.floor(files * LEAST_PART)));
}
