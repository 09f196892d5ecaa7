import { schedule, validate } from 'node-cron';
import { setTimeout as sleep } from 'node:timers/promises';

/** True when node-cron understands the expression: five fields, or six with seconds. */
export function isCronExpression(expression: string): boolean {
  return validate(expression);
}

/**
 * Calls `run` on a cron schedule, each time after a random wait of at most `jitterMs`,
 * so that a fleet with one schedule does not act at one moment. Returns what ends it.
 */
export function onSchedule(
  expression: string,
  { jitterMs, random }: { readonly jitterMs: number; readonly random: () => number },
  run: () => void,
): () => Promise<void> {
  const ended = new AbortController();
  const task = schedule(expression, async () => {
    const woken = await sleep(jitterMs * random(), true, { signal: ended.signal, ref: false }).catch(
      () => false,
    );
    if (woken) run();
  });
  return async () => {
    ended.abort();
    await task.destroy();
  };
}
