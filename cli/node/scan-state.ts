import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../agent/state/clock.ts';
import { openState, type State } from '../../agent/state/state.ts';

/**
 * Opens a memory of layers for as long as `use` runs: in a folder that lasts, else in one of its own that is removed
 * afterwards. Throws a StateError when the folder does not serve.
 */
export async function withScanState<T>(
  folder: string | undefined,
  use: (state: State) => Promise<T>,
): Promise<T> {
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'tallyman-')) : undefined;
  try {
    const state = openState(folder ?? own ?? '', {
      clock: systemClock(),
      outbox: { maxBytes: 0, dropFirst: [] },
      busyTimeoutMs: 500,
    });
    try {
      return await use(state);
    } finally {
      state.close();
    }
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}
