import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentClient, type PlanAnswer } from '../../cli/cleanup/client.ts';
import { CONTROL_SOCKET } from '../../agent/tasks/control-server.ts';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import { sumOf } from '../../core/cleanup/measure.ts';
import { DEFAULT_POLICY, type CleanupPolicy } from '../../core/cleanup/policy.ts';
import type { AgentProcess } from './agent.ts';
import { childrenPeak, type Cost } from './cost.ts';
import { cpuMsOf, endedChildrenCpuMs, forgetPeak, memoryOf } from './other-process.ts';
import { cost, mebibytes, ms, say } from './report.ts';
import { command } from './workplace.ts';

/** What an agent must be told to remove images that have just been imported. */
export const MAY_REMOVE = [
  '--cleanup-removal',
  '--cleanup-unpullable',
  ...['--cleanup-minimum-age', '0s', '--cleanup-disks', '/'],
];
/** All that nobody uses may go. */
export const ANY_AGE: CleanupPolicy = {
  ...DEFAULT_POLICY,
  unusedForMs: 0,
  minimumAgeMs: 0,
  unpullable: true,
};
const PLAN_BUDGET = 160 * 2 ** 20;
const IDLE_BUDGET = 96 * 2 ** 20;
/** The scanning thread ends after 20 s with nothing to do, and memory is given back then. */
const SETTLE_MS = 30_000;
const PLANS = 3;

export interface AgentCleaning {
  /** Says what plans cost. Answers the images that would go. */
  plan(): Promise<PlanAnswer['plan']>;
  /** Removes images, at most so many, and says what that cost and how much it freed, by its own account and by du's. */
  remove(most: number, graceMs: number): Promise<void>;
}

export interface CleanedEngine {
  /** Pid of the daemon. */
  readonly pid: () => number;
  /** Folders that hold the images' bytes. */
  readonly folders: readonly string[];
}

/** Waits until a real agent has seen all images, then asks it for plans and removals as `tallyman cleanup` does. */
export async function cleaning(
  agent: AgentProcess,
  engine: CleanedEngine,
  { images, isScanned }: { readonly images: number; readonly isScanned: boolean },
): Promise<AgentCleaning> {
  const start = performance.now();
  const count = async (): Promise<number> => {
    const metrics = await agent.metrics();
    if (isScanned) return metrics('tallyman_agent_images_scanned_total');
    return metrics('tallyman_agent_state_items', 'kind="image"');
  };
  while ((await count()) < images) await sleep(500);
  const what = isScanned ? `first scan of ${images} images` : `first look at ${images} images`;
  say(what, ms(performance.now() - start));
  await sleep(SETTLE_MS);
  say('agent, idle before', budget(memoryOf(agent.pid, 'VmRSS'), IDLE_BUDGET));
  const client = agentClient(join(agent.stateDir, CONTROL_SOCKET), AbortSignal.timeout(3_600_000));

  async function apply(plan: PlanAnswer['plan']): Promise<RunState & { readonly cost: RunCost }> {
    const before = {
      own: cpuMsOf(agent.pid),
      remover: endedChildrenCpuMs(agent.pid),
      engine: cpuMsOf(engine.pid()),
    };
    const begun = performance.now();
    const watch = watchChildren(agent.pid);
    const run = await client.apply(plan.id, 'bench', () => undefined);
    const wallMs = performance.now() - begun;
    const removerPeak = await watch.end();
    const costs = {
      wallMs,
      agentMs: cpuMsOf(agent.pid) - before.own,
      removerMs: endedChildrenCpuMs(agent.pid) - before.remover,
      engineMs: cpuMsOf(engine.pid()) - before.engine,
      removerPeak,
    };
    return { ...run, cost: costs };
  }

  return {
    async plan() {
      for (let time = 1; ; time += 1) {
        forgetPeak(agent.pid);
        const taken = await costOfAgent(agent, engine, () => client.plan({ ...ANY_AGE }));
        const { plan } = taken.result;
        say(
          `plan ${time}: ${plan.items.length} images, ${plan.items.filter(({ action }) => action === 'remove').length} to go`,
          cost(taken),
          `${ms(taken.engineMs)} of CPU in the engine`,
          `peak ${budget(memoryOf(agent.pid, 'VmHWM'), PLAN_BUDGET)}`,
        );
        if (time < PLANS) continue;
        await sleep(SETTLE_MS);
        say('agent, idle after it', budget(memoryOf(agent.pid, 'VmRSS'), IDLE_BUDGET));
        return plan;
      }
    },

    async remove(most, graceMs) {
      const { plan } = await client.plan({ ...ANY_AGE, graceMs, limits: { images: most } });
      const before = await diskUse(engine.folders);
      forgetPeak(agent.pid);
      const run = await apply(plan);
      if (run.images.length === 0) return;
      const gone = run.images.filter(({ status }) => status === 'quarantined' || status === 'deleted');
      const how = graceMs === 0 ? 'at once' : 'kept for a grace period';
      say(`tallyman: ${gone.length} images removed, ${how}`, ...runFigures(run.cost, gone.length));
      say(
        '  peak of the agent',
        mebibytes(memoryOf(agent.pid, 'VmHWM')),
        `of the run's process ${mebibytes(run.cost.removerPeak)}`,
      );
      const left = run.images.filter((image) => !gone.includes(image));
      if (left.length > 0) say('  not removed', `${left.length}: ${left[0]?.reason ?? left[0]?.status}`);
      let ended: RunState = run;
      if (graceMs > 0) {
        const begun = performance.now();
        ended = await client.settle(run.runId);
        say(
          '  freed when the grace period ends',
          ms((performance.now() - begun) / gone.length),
          'for each image',
        );
      }
      const after = await diskUse(engine.folders);
      const measured = sumOf(ended.images.flatMap((image) => image.measured ?? []));
      const predicted = sumOf(gone.map((image) => image.predicted));
      sayFreed('predicted for these', predicted.bytes, { measured: measured.bytes, disk: before - after });
    },
  };
}

interface RunCost {
  readonly wallMs: number;
  readonly agentMs: number;
  readonly removerMs: number;
  readonly engineMs: number;
  readonly removerPeak: number;
}

function runFigures({ wallMs, agentMs, removerMs, engineMs }: RunCost, count: number): readonly string[] {
  const each = (value: number): string => ms(value / count);
  return [
    `${ms(wallMs)} in all, ${each(wallMs)} for each`,
    `CPU for each: ${each(removerMs)} in the run's process, ${each(agentMs)} in the agent, ${each(engineMs)} in the engine`,
  ];
}

/** How much was said to be freed, and how much was. */
export function sayFreed(
  who: string,
  said: number,
  { measured, disk }: { readonly measured?: number; readonly disk: number },
): void {
  const share = (bytes: number): string => (bytes / said).toFixed(4);
  const own = measured === undefined ? [] : [`measured ${mebibytes(measured)}: ${share(measured)} of it`];
  say(`  ${who}`, mebibytes(said), ...own, `off the disk (du) ${mebibytes(disk)}: ${share(disk)} of it`);
}

/** Bytes that folders take on the disk. */
export async function diskUse(folders: readonly string[]): Promise<number> {
  // What an engine takes away meanwhile makes du end with an error, with its sum all the same.
  const script = 'du --summarize --block-size=1 --total "$@" 2>/dev/null || true';
  const text = await command('sh', ['-c', script, 'sh', ...folders]);
  return Number(/^(\d+)\ttotal$/m.exec(text)?.[1] ?? 0);
}

async function costOfAgent<T>(
  agent: AgentProcess,
  engine: CleanedEngine,
  work: () => Promise<T>,
): Promise<Cost & { readonly engineMs: number; readonly result: T }> {
  const [cpu, engineCpu, begun] = [cpuMsOf(agent.pid), cpuMsOf(engine.pid()), performance.now()];
  const result = await work();
  return {
    wallMs: performance.now() - begun,
    cpuMs: cpuMsOf(agent.pid) - cpu,
    engineMs: cpuMsOf(engine.pid()) - engineCpu,
    result,
  };
}

function budget(bytes: number, most: number): string {
  return `${mebibytes(bytes)}, ${(bytes / most).toFixed(2)} of the budget`;
}

/** The most memory of any child while one looks. */
function watchChildren(pid: number): { end(): Promise<number> } {
  let peak = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      peak = Math.max(peak, await childrenPeak(pid));
      await sleep(50);
    }
  })();
  return {
    async end() {
      isOver = true;
      await watching;
      return peak;
    },
  };
}
