import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerdWorld } from '../support/model/containerd-world.ts';
import { dockerWorld } from '../support/model/docker-world.ts';
import { Model } from '../support/model/model.ts';
import { randomOf } from '../support/model/random.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

// Random use of a real engine by people and by cleanup. After each step nothing that is in use is gone, nothing kept is
// lost, and what is said to be freed is.
// TALLYMAN_MODEL_STEPS: how many steps; TALLYMAN_MODEL_SEED: another seed gives another life.

const STEPS = Number(process.env['TALLYMAN_MODEL_STEPS'] ?? 60);
const SEED = Number(process.env['TALLYMAN_MODEL_SEED'] ?? 1);
/** So many steps come to everything that can happen. */
const LONG = 2_000;
const WORLDS = [
  { engine: 'containerd', open: containerdWorld, commands: ['containerd', 'ctr', 'busybox'] },
  { engine: 'docker', open: dockerWorld, commands: ['dockerd', 'containerd', 'ctr', 'busybox'] },
] as const;

for (const { engine, open, commands } of WORLDS) {
  test(
    `whatever happens on a node with ${engine}, cleanup removes nothing in use and loses nothing it keeps (seed ${SEED})`,
    { skip: needsRoot() || needsCommands(...commands) },
    async (context) => {
      const folder = mkdtempSync(join(tmpdir(), 'tallyman-model-'));
      const world = await open();
      context.after(async () => {
        await world.end();
        rmSync(folder, { recursive: true, force: true });
      });
      const model = new Model(world, randomOf(SEED), folder);
      for (let step = 0; step < STEPS; step += 1) {
        await model.step(step < 4 ? 'pull' : undefined).catch((error: unknown) => {
          throw new Error(`step ${step} of seed ${SEED}`, { cause: error });
        });
      }
      await model.restartAll();
      context.diagnostic(`${STEPS} steps with ${engine}, seed ${SEED}: ${model.tally.toString()}`);
      if (STEPS >= LONG) assert.deepEqual(model.neverDone(), []);
    },
  );
}
