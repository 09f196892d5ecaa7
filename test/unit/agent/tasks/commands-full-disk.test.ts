import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { AuditLog } from '../../../../agent/state/audit-log.ts';
import { systemClock } from '../../../../agent/state/clock.ts';
import { StateError } from '../../../../agent/state/state-error.ts';
import type { State } from '../../../../agent/state/state.ts';
import { CommandRunner, type CommandParts } from '../../../../agent/tasks/commands.ts';
import { EventLog } from '../../../../agent/tasks/event-log.ts';
import type { CommandAction } from '../../../../proto/codec/command.ts';
import { decodeEvent } from '../../../../proto/codec/event.ts';
import { needsRoot } from '../../../support/requirements.ts';
import { temporaryFolder, testState } from '../../../support/state.ts';

// Commands on a node whose disk takes nothing, for a while.

const SCAN = { kind: 'scan', anew: false } as const;

/** A disk of 2 MiB, which `fill` leaves no room on and `free` gives some. */
function smallDisk(context: TestContext): { readonly folder: string; fill(): void; free(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-full-'));
  const filler = join(folder, 'filler');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tallyman-test', folder]);
  context.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  return {
    folder,
    fill: () =>
      assert.throws(() => {
        for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
      }, /ENOSPC/),
    free: () => rmSync(filler),
  };
}

interface Bench {
  readonly state: State;
  readonly runner: CommandRunner;
  /** Why results waited. */
  readonly warnings: readonly string[];
  readonly ended: AbortController;
  take(id: string, action: CommandAction): Promise<void>;
  /** What was told, by the ID of the command. */
  told(): string[];
}

function bench(context: TestContext, folder: string, changes: Partial<CommandParts> = {}): Bench {
  const state = testState(context, folder, { clock: systemClock() });
  const audit = new AuditLog(folder, { now: Date.now });
  context.after(() => audit.close());
  const events = new EventLog(state.outbox, Date.now, () => undefined);
  const ended = new AbortController();
  const warnings: string[] = [];
  const nothing = (): never => assert.fail('no cleanup was asked for');
  const runner = new CommandRunner(
    {
      store: state.commands,
      events: { add: (body) => events.add(body), waits: (number) => state.outbox.waits(number) },
      audit,
      cleanup: {
        plan: nothing,
        apply: nothing,
        undo: nothing,
        settle: nothing,
        receipt: nothing,
        runOf: nothing,
        announce: nothing,
      },
      scan: () => undefined,
      now: Date.now,
      logger: { warn: (...parts: readonly unknown[]) => void warnings.push(String(parts[1])) },
      retryMs: 5,
      ...changes,
    },
    ended.signal,
  );
  return {
    state,
    runner,
    warnings,
    ended,
    take: (id, action) =>
      runner.take({
        command: { id, issuer: 'otto', issuedAt: 0, expiresAt: Date.now() + 60_000, node: 'n', action },
        authority: { issuer: 'otto' },
        verdict: 'execute',
      }),
    told: () =>
      state.outbox.pending(0, 100, 1 << 30).map(({ number, payload }) => {
        const { body } = decodeEvent(Buffer.concat([payload, Buffer.from([8, number])]));
        assert.ok(body.kind === 'command-result');
        return `${body.commandId} ${body.outcome}`;
      }),
  };
}

test(
  'a command that cannot be written down is not begun, and may come again',
  { skip: needsRoot() },
  async (context) => {
    const disk = smallDisk(context);
    let scans = 0;
    const one = bench(context, disk.folder, { scan: () => void (scans += 1) });
    disk.fill();
    const isFull = (error: unknown): boolean => error instanceof StateError && error.code === 'full';
    await assert.rejects(one.take('a', SCAN), isFull);
    disk.free();
    await one.take('a', SCAN);
    assert.deepEqual([one.told(), scans], [['a done'], 1]);
  },
);

test(
  'a result that the disk does not take is told when there is room',
  { skip: needsRoot() },
  async (context) => {
    const disk = smallDisk(context);
    const one = bench(context, disk.folder, { scan: () => disk.fill() });
    const taken = one.take('a', SCAN);
    assert.deepEqual(one.told(), []);
    disk.free();
    await taken;
    assert.deepEqual(one.told(), ['a done']);
    assert.deepEqual(one.warnings, ['the result of a command waits for the disk']);
  },
);

test('a result that was kept and not told is told by the next agent, once', async (context) => {
  const folder = temporaryFolder(context);
  const full = (): never => {
    throw new StateError('full', 'the disk is full');
  };
  const one = bench(context, folder, { events: { add: full, waits: () => false } });
  const taken = one.take('a', SCAN);
  assert.deepEqual(one.state.commands.untold().length, 1);
  one.ended.abort();
  await taken;
  one.state.close();

  const next = bench(context, folder);
  next.runner.resume();
  assert.deepEqual(next.told(), ['a done']);
  next.state.close();
  const last = bench(context, folder);
  last.runner.resume();
  assert.deepEqual(last.told(), ['a done']);
});
