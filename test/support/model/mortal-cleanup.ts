import { join } from 'node:path';
import { PlanStore } from '../../../agent/cleanup/plan-store.ts';
import { carryOut } from '../../../agent/cleanup/remover/carry-out.ts';
import type { RemovalEngine } from '../../../agent/cleanup/remover/engine.ts';
import type { QuarantineCalls, Removal } from '../../../agent/runtimes/removal.ts';
import { CleanupService } from '../../../agent/tasks/cleanup-service.ts';
import { planCleanup, type PlannedEngine } from '../../../agent/tasks/plan-cleanup.ts';
import type { NodeCeilings } from '../../../core/cleanup/policy.ts';
import { sha256Hex } from '../../../platform/sha256.ts';
import { MortalJournals } from '../mortal-journals.ts';

/** The end of the agent: nothing that it would have done after it happens. */
class Killed extends Error {}

const CEILINGS: NodeCeilings = {
  isRemovalAllowed: true,
  never: [],
  minimumAgeMs: 0,
  isUnpullableAllowed: true,
  limits: {},
};

/**
 * Cleanup on a real engine, within this process, that can be killed: before or after any record of its journal, and before
 * or after any call that changes something.
 */
export class MortalCleanup {
  readonly service: CleanupService;
  readonly journals: MortalJournals;
  /** ms since the epoch. */
  time = Date.now();
  /** When it dies: at the so many-th moment of this name, from 0 on; undefined: it lives. */
  end: { readonly moment: string; readonly times: number } | undefined;
  #isDead = false;
  #times = 0;
  /** Called before each call to the engine that changes something. */
  meanwhile: (call: string) => Promise<void> = async () => undefined;
  #leases = 0;

  /** `onDeath` is told when it was. */
  constructor(folder: string, engine: PlannedEngine & RemovalEngine, onDeath: (moment: string) => void) {
    const tick = (moment: string): void => {
      if (this.#isDead) throw new Killed();
      if (moment !== this.end?.moment || this.#times++ < this.end.times) return;
      this.#isDead = true;
      onDeath(moment);
      throw new Killed();
    };
    const engines = [{ ...engine, removal: this.#watched(engine.removal, tick) }];
    this.journals = new MortalJournals(join(folder, 'runs'), tick);
    const signal = new AbortController().signal;
    const now = (): number => this.time;
    const planning = {
      node: 'model',
      now,
      hash: sha256Hex,
      engines,
      ceilings: CEILINGS,
      ages: () => new Map(),
      ownUses: () => [],
      disk: async () => undefined,
      warnings: () => [],
    };
    const removing = {
      engines,
      journals: this.journals,
      now,
      newLeaseId: () => `tallyman-quarantine-${(this.#leases += 1)}`,
      pace: async () => undefined,
    };
    this.service = new CleanupService({
      ceilings: CEILINGS,
      plans: new PlanStore(join(folder, 'plans')),
      journals: this.journals,
      now,
      changed: () => undefined,
      plan: (policy) => planCleanup(policy, planning, signal),
      carryOut: (order, { onProgress }) => carryOut(order, { ...removing, told: onProgress }, signal),
    });
  }

  /** Answers false when it was killed. */
  async survives(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!this.#isDead) throw error;
      return false;
    } finally {
      this.end = undefined;
      this.#isDead = false;
      this.#times = 0;
    }
  }

  #watched(removal: RemovalEngine['removal'], tick: (moment: string) => void): RemovalEngine['removal'] {
    const watched = <Args extends readonly unknown[], Answer>(
      call: string,
      make: (...args: Args) => Promise<Answer>,
    ): ((...args: Args) => Promise<Answer>) => {
      return async (...args) => {
        tick(`before call ${call}`);
        await this.meanwhile(call);
        const answer = await make(...args);
        tick(`after call ${call}`);
        return answer;
      };
    };
    const { quarantine } = removal;
    return {
      ...removal,
      remove: watched('remove', (...args: Parameters<Removal['remove']>) => removal.remove(...args)),
      ...(quarantine && {
        quarantine: {
          keep: watched('keep', (...args: Parameters<QuarantineCalls['keep']>) => quarantine.keep(...args)),
          restore: watched('restore', (...args: Parameters<QuarantineCalls['restore']>) =>
            quarantine.restore(...args),
          ),
          release: watched('release', (...args: Parameters<QuarantineCalls['release']>) =>
            quarantine.release(...args),
          ),
        },
      }),
    };
  }
}
