import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Journals } from '../../agent/cleanup/journal/journals.ts';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import type { RemoverOrder } from '../../agent/cleanup/orders.ts';
import type { ApplyOrder } from '../../agent/cleanup/remover/apply.ts';
import { carryOut, type CarryOutParts } from '../../agent/cleanup/remover/carry-out.ts';
import type { ImageName } from '../../core/inventory.ts';
import { imageIdOf, MemoryEngine } from './memory-engine.ts';

export const HOUR = 3_600_000;
/** The ID of the one run. */
export const RUN = '2026-run-1';

/** A node with an engine, journals and a clock that stands still unless told. */
export class MemoryNode {
  readonly engine = new MemoryEngine();
  readonly journals: Journals;
  time = 1_000;
  #leases = 0;

  constructor(context: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'tallyman-cleanup-'));
    context.after(() => rmSync(folder, { recursive: true }));
    this.journals = new Journals(folder);
  }

  async carryOut(order: RemoverOrder, changes: Partial<CarryOutParts> = {}): ReturnType<typeof carryOut> {
    const parts: CarryOutParts = {
      engines: [this.engine],
      journals: this.journals,
      now: () => this.time,
      newLeaseId: () => `lease-${(this.#leases += 1)}`,
      pace: async () => undefined,
      told: () => undefined,
      ...changes,
    };
    return await carryOut(order, parts, new AbortController().signal);
  }

  async apply(images: readonly (readonly ImageName[])[], order: Partial<ApplyOrder> = {}): Promise<RunState> {
    await this.carryOut({ kind: 'apply', order: applyOrder(images, order) });
    return this.run();
  }

  run(): RunState {
    const run = this.journals.run(RUN);
    assert.ok(run);
    return run;
  }
}

/** Removes these images, each by its names. */
export function applyOrder(
  images: readonly (readonly ImageName[])[],
  order: Partial<ApplyOrder> = {},
): ApplyOrder {
  return {
    runId: RUN,
    planId: 'plan-1',
    node: 'node-1',
    issuer: 'root on this node',
    graceMs: HOUR,
    refused: [],
    predicted: { bytes: 100 * images.length, inodes: images.length },
    images: images.map((names) => ({
      imageId: imageIdOf(names[0]?.target ?? ''),
      names,
      digests: names.map(({ target }) => target),
      why: 'unused 40 days',
      predicted: { bytes: 100, inodes: 1 },
    })),
    ...order,
  };
}

/** Status of each image with its reason, in the plan's order. */
export function ends({ images }: RunState): string[] {
  return images.map(({ status, reason }) => (reason === undefined ? status : `${status}: ${reason}`));
}
