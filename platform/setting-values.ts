/** Where a server listens. An IPv6 host is held without its brackets. */
export interface HostPort {
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
}

/** A value that was read, or what would have been allowed: a clause that follows "must be". */
export type Reading<T> = { readonly value: T } | { readonly allowed: string };

/** More than that a timer waits not at all. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
export const DAY_MS = 86_400_000;
/** For what is only compared with ages. */
export const CENTURY_MS = 36_500 * DAY_MS;

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
};
const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

export function readNumber(text: string, range: Range): Reading<number> {
  const allowed = `a whole number${bounds(range, String)}`;
  if (!/^-?\d{1,15}$/.test(text)) return { allowed };
  return within(Number(text), range, allowed);
}

/** `2`, `0.25`. */
export function readDecimal(text: string, range: Range): Reading<number> {
  const allowed = `a number${bounds(range, String)}`;
  if (!/^-?\d{1,15}(?:\.\d{1,6})?$/.test(text)) return { allowed };
  return within(Number(text), range, allowed);
}

/** `10m`, `1h30m`, `250ms`; a bare 0 is allowed. Gives ms. */
export function readDuration(text: string, range: Range): Reading<number> {
  const allowed = `a duration such as 30s, 10m or 1h30m${bounds(range, formatDuration)}`;
  if (text === '0') return within(0, range, allowed);
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|[smhd]))+$/.test(text)) return { allowed };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|[smhd])/g)) {
    total += Number(amount) * (DURATION_UNITS[unit ?? ''] ?? 0);
  }
  return within(Math.round(total), range, allowed);
}

/** `64MiB`, `1.5GB`, `4096`. Gives bytes. */
export function readBytes(text: string, range: Range): Reading<number> {
  const allowed = `a size such as 64MiB or 1GB${bounds(range, formatBytes)}`;
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]?i?b?)$/i.exec(text);
  const unit = BYTE_UNITS[match?.[2]?.toLowerCase() ?? 'none'];
  if (match === null || unit === undefined) return { allowed };
  return within(Math.round(Number(match[1]) * unit), range, allowed);
}

export function readBoolean(text: string): Reading<boolean> {
  if (/^(?:true|yes|on|1)$/i.test(text)) return { value: true };
  if (/^(?:false|no|off|0)$/i.test(text)) return { value: false };
  return { allowed: 'true or false' };
}

export function readHostPort(text: string): Reading<HostPort> {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s/[\]]*)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    return { allowed: 'host:port, such as 127.0.0.1:7480, [::1]:7480 or :7480 for every address' };
  }
  return { value: { host: match[1] ?? (match[2] || '::'), port } };
}

/** As an operator would write it: the largest unit that divides it. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = DURATION_UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms === 0 ? '0' : `${ms}ms`;
}

export function formatBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const size = BYTE_UNITS[unit.toLowerCase()] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

export function formatHostPort(address: HostPort): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function within(value: number, range: Range, allowed: string): Reading<number> {
  if (value < (range.min ?? -Infinity) || value > (range.max ?? Infinity)) return { allowed };
  return { value };
}

function bounds(range: Range, format: (value: number) => string): string {
  if (range.min !== undefined && range.max !== undefined) {
    return ` from ${format(range.min)} to ${format(range.max)}`;
  }
  if (range.min !== undefined) return `, at least ${format(range.min)}`;
  if (range.max !== undefined) return `, at most ${format(range.max)}`;
  return '';
}
