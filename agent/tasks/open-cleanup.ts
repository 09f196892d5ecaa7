import { join } from 'node:path';
import { Journals } from '../cleanup/journal/journals.ts';
import type { RunState } from '../cleanup/journal/run-state.ts';
import { PlanStore } from '../cleanup/plan-store.ts';
import type { ImageAge } from '../../core/cleanup/plan.ts';
import type { NodeCeilings } from '../../core/cleanup/policy.ts';
import type { ImageUse } from '../../core/cleanup/uses.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { AuditLog } from '../state/audit-log.ts';
import type { ImageLife } from '../state/seen-store.ts';
import { afterQuiet } from './after-quiet.ts';
import { CleanupService } from './cleanup-service.ts';
import { fullestDisk } from './disk-fill.ts';
import { planCleanup, type PlannedEngine } from './plan-cleanup.ts';

export interface OpenCleanupParts {
  readonly node: string;
  readonly stateDir: string;
  readonly ceilings: NodeCeilings;
  /** Folders on the disks that engines keep images on. */
  readonly diskFolders: readonly string[];
  readonly engines: () => readonly PlannedEngine[];
  /** What the node remembers of every image. */
  readonly lives: () => ReadonlyMap<string, ImageLife>;
  readonly ownUses: () => readonly ImageUse[];
  readonly warnings: () => readonly string[];
  readonly now: () => number;
  /** Whose; by default one of its own, which nobody else may write then. */
  readonly audit?: AuditLog;
  /** Called with each run that changed. */
  readonly changed: (run: RunState) => void;
  /** Called when a plan or a run was made and nothing more for a while: what that took may be given back. */
  readonly onIdle?: () => void;
}

const IDLE_MS = 20_000;

/** Cleanup on this node: plans by what it remembers, runs in a process of their own, journals in the state folder. */
export function openCleanup(parts: OpenCleanupParts): CleanupService {
  const { node, stateDir, ceilings, diskFolders, engines, lives, ownUses, warnings, now, changed } = parts;
  const { audit = new AuditLog(stateDir, { now }) } = parts;
  const { onIdle = () => undefined } = parts;
  const worked = afterQuiet(IDLE_MS, onIdle);
  const folder = join(stateDir, 'cleanup');
  return new CleanupService({
    ceilings,
    plans: new PlanStore(join(folder, 'plans')),
    journals: new Journals(join(folder, 'runs')),
    now,
    audit,
    changed,
    plan: (policy, signal) =>
      planCleanup(
        policy,
        {
          node,
          now,
          hash: sha256Hex,
          engines: engines(),
          ceilings,
          ages: () => new Map([...lives()].map(([imageId, life]) => [imageId, ageOf(life)])),
          ownUses,
          disk: () => fullestDisk(diskFolders),
          warnings,
        },
        signal,
      ).finally(worked),
    async carryOut(order, watch) {
      // Loaded for a run only: most of the time there is none.
      const { carryOutInProcess } = await import('../cleanup/remover-process.ts');
      const places = Object.fromEntries(engines().map(({ id, address }) => [id, address]));
      return await carryOutInProcess({ places: { ...places, folder }, order }, watch).finally(worked);
    },
  });
}

function ageOf({ ageMs, unusedMs, lastUsed }: ImageLife): ImageAge {
  return { ageMs, unusedMs, wasUsed: lastUsed !== undefined };
}
