import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { JournalRecord } from '../../agent/cleanup/journal/records.ts';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import type { UndoRequest, UndoResult } from '../../agent/cleanup/remover/finish.ts';
import type { Leak } from '../../agent/runtimes/holdings.ts';
import type { ControlLine, ControlRequest } from '../../agent/tasks/control-server.ts';
import type { RunProgress } from '../../agent/tasks/watch-run.ts';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import type { CleanupPolicy } from '../../core/cleanup/policy.ts';
import { EXIT, Failure } from '../failure.ts';

export interface PlanAnswer {
  readonly plan: CleanupPlan;
  readonly leaks: readonly Leak[];
}

/** Cleanup on this node, by the agent that runs here or without one. */
export interface CleanupClient {
  plan(policy: CleanupPolicy): Promise<PlanAnswer>;
  apply(planId: string, issuer: string, onProgress: (record: JournalRecord) => void): Promise<RunState>;
  undo(runId: string, request: UndoRequest): Promise<UndoResult>;
  /** Frees what a run keeps, before its grace period is over. */
  settle(runId: string, issuer?: string): Promise<RunState>;
  /** Follows a run to its end; the one that goes on now when no ID is given. */
  watch(runId: string | undefined, onProgress: (progress: RunProgress) => void): Promise<RunState>;
  history(): Promise<readonly RunState[]>;
  receipt(runId: string): Promise<RunState>;
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  unknown: EXIT.notFound,
  refused: EXIT.denied,
  policy: EXIT.usage,
};

/** Asks the agent through its socket. Throws a Failure; `unreachable` when no agent listens there. */
export function agentClient(socket: string, signal: AbortSignal): CleanupClient {
  const ask = async <T, Progress = unknown>(
    asked: ControlRequest,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<T> =>
    (await exchange(socket, asked, (progress) => onProgress(progress as Progress), signal)) as T;
  return {
    plan: (policy) => ask({ ask: 'plan', policy }),
    apply: (planId, issuer, onProgress) => ask({ ask: 'apply', planId, issuer }, onProgress),
    undo: (runId, order) => ask({ ask: 'undo', runId, ...order }),
    settle: (runId, issuer) => ask({ ask: 'settle', runId, ...(issuer !== undefined && { issuer }) }),
    watch: (runId, onProgress) => ask({ ask: 'watch', ...(runId !== undefined && { runId }) }, onProgress),
    history: () => ask({ ask: 'history' }),
    receipt: (runId) => ask({ ask: 'receipt', runId }),
  };
}

async function exchange(
  socketPath: string,
  asked: ControlRequest,
  onProgress: (progress: unknown) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    const call = request({ socketPath, method: 'POST', path: '/', signal }, resolve);
    call.once('error', (error: NodeJS.ErrnoException) => {
      const exitCode = error.code === 'EACCES' ? EXIT.denied : EXIT.unreachable;
      reject(new Failure(exitCode, `the agent cannot be asked at ${socketPath}: ${error.message}`, error));
    });
    call.end(JSON.stringify(asked));
  });
  for await (const text of createInterface({ input: response })) {
    const line = JSON.parse(text) as ControlLine;
    if ('answer' in line) return line.answer;
    if ('error' in line) throw new Failure(EXIT_CODES[line.error.code] ?? EXIT.failed, line.error.message);
    onProgress(line.progress);
  }
  throw new Failure(EXIT.failed, 'the agent ended before it answered; see: tallyman cleanup history');
}
