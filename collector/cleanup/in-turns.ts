import { setImmediate as nextTurn } from 'node:timers/promises';

/** Worked off in one go, some milliseconds; then others have their turn. */
const AT_A_TIME = 100;

/** All of them, some at a time, with other work in between. */
export async function* inTurns<T>(all: readonly T[]): AsyncGenerator<readonly T[], void, void> {
  for (let at = 0; at < all.length; at += AT_A_TIME) {
    if (at > 0) await nextTurn();
    yield all.slice(at, at + AT_A_TIME);
  }
}
