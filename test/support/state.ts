import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock } from '../../agent/state/clock.ts';
import { openState } from '../../agent/state/state.ts';
import type { State, StateOptions } from '../../agent/state/state.ts';

/** A node's clocks that only move when told. */
export class TestClock implements Clock {
  bootId = 'boot-1';
  #wall = Date.UTC(2025, 0, 1);
  #monotonic = 60_000;

  wall(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Time passes. */
  pass(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** Somebody sets the wall clock. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  /** The node is off for so long, then boots. */
  reboot(offMs: number): void {
    this.#wall += offMs;
    this.#monotonic = 0;
    this.bootId = `boot-${Number(this.bootId.slice(5)) + 1}`;
  }
}

/** A folder under the temporary one, removed after the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-state-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a state with roomy limits and closes it after the test. */
export function testState(
  context: TestContext,
  directory: string,
  options: Partial<StateOptions> = {},
): State {
  const state = openState(directory, {
    clock: new TestClock(),
    outbox: { maxBytes: 1024 * 1024, dropFirst: [] },
    busyTimeoutMs: 50,
    ...options,
  });
  context.after(() => state.close());
  return state;
}
