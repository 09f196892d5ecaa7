import { randomBytes } from 'node:crypto';
import { CleanupError } from '../cleanup/cleanup-error.ts';
import type { Journals } from '../cleanup/journal/journals.ts';
import type { JournalRecord } from '../cleanup/journal/records.ts';
import { graceEnds, isUnfinished, quarantined, type RunState } from '../cleanup/journal/run-state.ts';
import type { RemoverOrder } from '../cleanup/orders.ts';
import type { PlanStore } from '../cleanup/plan-store.ts';
import type { ApplyOrder } from '../cleanup/remover/apply.ts';
import type { UndoRequest, UndoResult } from '../cleanup/remover/finish.ts';
import { reasonText } from '../../core/cleanup/explain.ts';
import type { CleanupPlan, PlanItem } from '../../core/cleanup/plan.ts';
import type { CleanupPolicy, NodeCeilings } from '../../core/cleanup/policy.ts';
import { sumOf } from '../../core/cleanup/measure.ts';
import { NO_SPACE, SpaceLedger } from '../../core/cleanup/storage.ts';
import { stillValid } from '../../core/cleanup/still-valid.ts';
import type { AuditLog } from '../state/audit-log.ts';
import type { PlannedCleanup } from './plan-cleanup.ts';

export interface CleanupServiceParts {
  readonly ceilings: NodeCeilings;
  readonly plans: PlanStore;
  readonly journals: Journals;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Looks at the node and makes a plan. */
  readonly plan: (policy: CleanupPolicy, signal: AbortSignal) => Promise<PlannedCleanup>;
  /** Where every run is written down; absent where nobody keeps an audit log. */
  readonly audit?: Pick<AuditLog, 'write' | 'note'>;
  /** Called with each run that changed: when it ends, when images are brought back, when what it kept is freed. */
  readonly changed: (run: RunState) => void;
  /** Carries an order out in its own process. */
  readonly carryOut: (
    order: RemoverOrder,
    watch: { readonly onProgress: (record: JournalRecord) => void; readonly signal: AbortSignal },
  ) => Promise<UndoResult | undefined>;
}

export interface ApplyRequest {
  readonly planId: string;
  /** `root on this node`, `command 17 of the collector`. */
  readonly issuer: string;
  /** The command that orders it. */
  readonly commandId?: string;
  /** Hex: the plan must have been made of this state. */
  readonly stateHash?: string;
  readonly onProgress?: (record: JournalRecord) => void;
}

/** An image that was removed and can still be brought back. */
export interface KeptImage {
  readonly imageId: string;
  readonly runId: string;
}

/** What the journals come to, so that they need not be read for nothing. */
interface Outlook {
  readonly isUnfinished: boolean;
  /** ms since the epoch, when something is to be freed. */
  readonly nextDue: number;
  readonly kept: readonly KeptImage[];
}

/** Cleanup as people and the collector ask for it. One run at a time: the lock is the run's own. */
export class CleanupService {
  readonly #parts: CleanupServiceParts;
  readonly #open = new Set<Promise<unknown>>();
  #outlook: Outlook | undefined;

  constructor(parts: CleanupServiceParts) {
    this.#parts = parts;
  }

  /** Makes a plan and keeps it, so that it can be applied. */
  async plan(policy: CleanupPolicy, signal: AbortSignal): Promise<PlannedCleanup> {
    const planned = await this.#parts.plan(policy, signal);
    await this.#parts.plans.put(planned.plan);
    return planned;
  }

  /**
   * Does what a plan says, as far as the node, looked at again, lets it; answers the receipt. Throws a CleanupError when
   * removal is off here, there is no such plan, or another run goes on; a StateError when the audit log cannot be written.
   */
  async apply(request: ApplyRequest, signal: AbortSignal): Promise<RunState> {
    const { planId, issuer, commandId, stateHash, onProgress } = request;
    const { ceilings, plans, now } = this.#parts;
    if (!ceilings.isRemovalAllowed)
      throw new CleanupError('refused', 'removal is off on this node: its settings say cleanup-removal off');
    const plan = plans.get(planId);
    if (stateHash !== undefined && plan.stateHash !== stateHash)
      throw new CleanupError('stale', 'the plan was made of another state of this node than is meant');
    const renewed = await this.#parts.plan(plan.policy, signal);
    const [refusal] = renewed.plan.refusals;
    if (refusal !== undefined) throw new CleanupError('refused', `nothing is removed: ${refusal}`);
    const runId = `${new Date(now()).toISOString().replaceAll(/[:.]/g, '-')}-${randomBytes(4).toString('hex')}`;
    const order = applyOrder({ runId, issuer, ...(commandId !== undefined && { commandId }) }, plan, renewed);
    const detail = { plan: plan.id, images: order.images.length, bytes: order.predicted.bytes };
    this.#parts.audit?.write({ actor: issuer, action: 'apply', subject: runId, detail });
    await this.#carryOut({ kind: 'apply', order }, issuer, signal, onProgress);
    return this.receipt(runId);
  }

  /** Brings back what a run removed, as far as its grace period lasts. */
  async undo(runId: string, request: UndoRequest, signal: AbortSignal): Promise<UndoResult> {
    const run = this.receipt(runId);
    if (graceEnds(run) === undefined && !isUnfinished(run))
      throw new CleanupError('refused', `nothing of ${runId} can be brought back any more`);
    const detail = { reason: request.reason, ...(request.imageIds && { images: request.imageIds.length }) };
    this.#parts.audit?.write({ actor: request.issuer, action: 'undo', subject: runId, detail });
    const result = await this.#carryOut({ kind: 'undo', runId, request }, request.issuer, signal);
    return result ?? { restored: [], problems: [] };
  }

  /**
   * Frees what runs keep whose grace period is over, and brings those that were cut off to an end. `runId`: frees also
   * what this one keeps, before its time, since the issuer asks for it.
   */
  async settle(signal: AbortSignal, runId?: string, issuer = 'this node'): Promise<void> {
    const { isUnfinished, nextDue } = this.#look();
    if (!isUnfinished && nextDue > this.#parts.now() && runId === undefined) return;
    if (runId !== undefined)
      this.#parts.audit?.write({ actor: issuer, action: 'free', subject: runId, detail: {} });
    await this.#carryOut({ kind: 'settle', ...(runId !== undefined && { runId }) }, issuer, signal);
  }

  /** What was removed and can still be brought back. */
  kept(): readonly KeptImage[] {
    return this.#look().kept;
  }

  /** All runs that are remembered, the latest first. */
  history(): RunState[] {
    return this.#parts.journals.runs();
  }

  /** The run that a command ordered; undefined when it came to none. */
  runOf(commandId: string): RunState | undefined {
    return this.#parts.journals.runOf(commandId);
  }

  /** Throws a CleanupError when there is none of this ID. */
  receipt(runId: string): RunState {
    const run = this.#parts.journals.run(runId);
    if (run === undefined)
      throw new CleanupError('unknown', `this node has no receipt ${runId}; see: tallyman cleanup history`);
    return run;
  }

  /** Waits for what is carried out; the signals that it was asked with call it off. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  async #carryOut(
    order: RemoverOrder,
    issuer: string,
    signal: AbortSignal,
    onProgress: (record: JournalRecord) => void = () => undefined,
  ): Promise<UndoResult | undefined> {
    signal.throwIfAborted();
    const run = this.#toldOf(order, issuer, () => this.#parts.carryOut(order, { onProgress, signal }));
    this.#open.add(run);
    try {
      return await run;
    } finally {
      this.#open.delete(run);
    }
  }

  /** What `run` comes to; every run that it changed is told of, however it ends. */
  async #toldOf<T>(order: RemoverOrder, issuer: string, run: () => Promise<T>): Promise<T> {
    const since = this.#parts.now();
    // By its ID, for the clock may be set back meanwhile.
    const applied = order.kind === 'apply' ? order.order.runId : undefined;
    try {
      return await run();
    } finally {
      const runs = this.#parts.journals.runs();
      this.#outlook = outlookOf(runs);
      for (const one of runs) if (one.changedAt >= since || one.runId === applied) this.#changed(one, issuer);
    }
  }

  /** Tells of a run again, that ended while nobody watched. */
  announce(run: RunState): void {
    this.#changed(run, run.issuer);
  }

  #changed(run: RunState, issuer: string): void {
    const count = (...statuses: readonly string[]): number =>
      run.images.filter(({ status }) => statuses.includes(status)).length;
    this.#parts.audit?.note({
      actor: issuer,
      action: 'run',
      subject: run.runId,
      outcome: run.outcome ?? 'cut off',
      detail: {
        images: run.images.length,
        kept: count('quarantined'),
        deleted: count('deleted'),
        restored: count('restored'),
        bytes: sumOf(run.images.flatMap(({ measured }) => measured ?? [])).bytes,
      },
    });
    this.#parts.changed(run);
  }

  #look(): Outlook {
    this.#outlook ??= outlookOf(this.#parts.journals.runs());
    return this.#outlook;
  }
}

function outlookOf(runs: readonly RunState[]): Outlook {
  const kept = runs.flatMap((run) => quarantined(run).map(({ imageId }) => ({ imageId, runId: run.runId })));
  const due = runs.map((run) => graceEnds(run) ?? Infinity);
  return { isUnfinished: runs.some(isUnfinished), nextDue: Math.min(Infinity, ...due), kept };
}

function applyOrder(
  who: Pick<ApplyOrder, 'runId' | 'issuer' | 'commandId'>,
  plan: CleanupPlan,
  { plan: renewed, storage }: PlannedCleanup,
): ApplyOrder {
  const { items, refused } = stillValid(plan, renewed);
  const { graceMs, limits } = renewed.policy;
  const warnings = renewed.warnings.slice(0, MOST_WARNINGS);
  const ledger = new SpaceLedger(storage);
  const images = items.map((item) => ({
    ...toldOf(item),
    names: item.names,
    digests: item.digests,
    predicted: ledger.remove(item.imageId).freed,
  }));
  return {
    ...who,
    planId: plan.id,
    node: plan.node,
    graceMs,
    ...(limits.seconds !== undefined && { maxSeconds: limits.seconds }),
    ...(warnings.length > 0 && { warnings }),
    predicted: sumOf(images.map(({ predicted }) => predicted)),
    images,
    refused: refused.map(({ item, why }) => ({ ...toldOf(item), predicted: NO_SPACE, reason: why })),
  };
}

/** One sentence for each thing that cannot be read may be very many. */
const MOST_WARNINGS = 20;

function toldOf(item: PlanItem): {
  readonly imageId: string;
  readonly names: string[];
  readonly why: string;
} {
  return {
    imageId: item.imageId,
    names: item.names.map(({ name }) => name),
    why: item.reasons.map(reasonText).join('; '),
  };
}
