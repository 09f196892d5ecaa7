import type { Pressure } from '../../platform/pressure.ts';

/** What somebody may have to wait for because of a scan. `own-memory`: that of the agent's own container. */
export type Contended = 'memory' | 'io' | 'own-memory';

/** Undefined where the kernel does not tell. */
export type Pressures = Readonly<Record<Contended, Pressure | undefined>>;

/** Percent of the time. */
export interface PressureLimits {
  readonly memory: number;
  readonly io: number;
}

export interface PressurePause {
  readonly resource: Contended;
  readonly percent: number;
  readonly limit: number;
  readonly since: number;
}

/** `{}` at first, when nothing was scanned for a while. */
export interface PressureState {
  readonly pause?: PressurePause;
  /** Since when the totals are counted. */
  readonly window?: { readonly since: number; readonly at: Pressures };
}

/** A scan that goes on is judged by windows of this length. */
export const RUN_MS = 10_000;
/** A scan that is paused, by windows of this length: the scan itself causes nothing in them. */
const LOOK_MS = 4000;
/** Then scanning goes on for a window at least, so that a node that always is under pressure is read too. */
export const LONGEST_PAUSE_MS = 300_000;
/** A pause ends when the pressure is below this part of the limit. */
const RESUME_PART = 0.5;
const RESOURCES: readonly Contended[] = ['memory', 'io', 'own-memory'];

/**
 * Whether scanning pauses. The node's average, as the kernel keeps it, counts before a scan; later only what came since
 * the scan went on, or paused. So pressure that the scan caused itself ends its own pause after one look, and that of
 * others lasts as long as they need. `read` is called only when a window is over. `now`: ms that never go back.
 */
export function nextPressureState(
  state: PressureState,
  read: () => Pressures,
  limits: PressureLimits,
  now: number,
): PressureState {
  const { pause, window } = state;
  if (window !== undefined && now - window.since < (pause === undefined ? RUN_MS : LOOK_MS)) return state;
  const pressures = read();
  const next = { window: { since: now, at: pressures } };
  const part = pause === undefined ? 1 : RESUME_PART;
  const isOver = pause !== undefined && now - pause.since >= LONGEST_PAUSE_MS;
  const worst = isOver ? undefined : worstOf(pressures, limits, part, window, now);
  if (worst === undefined) return next;
  return { ...next, pause: { ...worst, since: pause?.since ?? now } };
}

/** `IO pressure 34 % (limit 20 %)`. */
export function pauseText({ resource, percent, limit }: PressurePause): string {
  const names = { memory: 'memory pressure', io: 'IO pressure', 'own-memory': "the agent's memory pressure" };
  return `${names[resource]} ${Math.round(percent)} % (limit ${limit} %)`;
}

/** The resource furthest above `part` of its limit, if any is. */
function worstOf(
  pressures: Pressures,
  limits: PressureLimits,
  part: number,
  window: PressureState['window'],
  now: number,
): Omit<PressurePause, 'since'> | undefined {
  let worst: Omit<PressurePause, 'since'> | undefined;
  for (const resource of RESOURCES) {
    const pressure = pressures[resource];
    if (pressure === undefined) continue;
    const limit = resource === 'io' ? limits.io : limits.memory;
    const before = window?.at[resource]?.totalMs;
    const percent =
      window === undefined || before === undefined
        ? pressure.recent
        : ((pressure.totalMs - before) / (now - window.since)) * 100;
    if (percent <= limit * part) continue;
    if (worst === undefined || percent / limit > worst.percent / worst.limit)
      worst = { resource, percent, limit };
  }
  return worst;
}
