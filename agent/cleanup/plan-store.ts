import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import { writeFileAtomically } from '../../platform/write-file.ts';
import { CleanupError } from './cleanup-error.ts';

const PLAN_ID = /^[0-9a-f]{64}$/;
const MOST_PLANS = 20;

/** Plans that may be applied, a file each, in one folder. The oldest give way. */
export class PlanStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Throws a CleanupError. */
  async put(plan: CleanupPlan): Promise<void> {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      await writeFileAtomically(join(this.folder, `${plan.id}.json`), JSON.stringify(plan));
    } catch (error) {
      throw new CleanupError('journal', `the plan cannot be kept in ${this.folder}: ${String(error)}`, error);
    }
    // Whatever the clock says, the plan just made stays.
    const others = this.#ids().filter((id) => id !== plan.id);
    const dated = others.map((id) => ({
      path: join(this.folder, `${id}.json`),
      writtenAt: this.#writtenAt(id),
    }));
    for (const { path } of dated.toSorted((a, b) => b.writtenAt - a.writtenAt).slice(MOST_PLANS - 1)) {
      rmSync(path, { force: true });
    }
  }

  /** `id`: whole, or as many of its first letters as no other plan has. Throws a CleanupError when there is no such plan. */
  get(id: string): CleanupPlan {
    const [found, other] = /^[0-9a-f]{6,64}$/.test(id) ? this.#ids().filter((one) => one.startsWith(id)) : [];
    if (found === undefined)
      throw new CleanupError('unknown', `this node has no plan ${id}; make one: tallyman cleanup plan`);
    if (other !== undefined)
      throw new CleanupError('unknown', `several plans begin with ${id}; give more of it`);
    const plan = this.#read(found);
    if (plan === undefined)
      throw new CleanupError('unknown', `the plan ${found} cannot be read any more; make a new one`);
    return plan;
  }

  #ids(): string[] {
    try {
      const names = readdirSync(this.folder).map((name) => name.replace(/\.json$/, ''));
      return names.filter((name) => PLAN_ID.test(name));
    } catch {
      return [];
    }
  }

  #writtenAt(id: string): number {
    return statSync(join(this.folder, `${id}.json`), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  #read(id: string): CleanupPlan | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folder, `${id}.json`), 'utf8')) as CleanupPlan;
    } catch {
      return undefined;
    }
  }
}
