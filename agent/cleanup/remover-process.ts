import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CleanupError } from './cleanup-error.ts';
import type { JournalRecord } from './journal/records.ts';
import type { RemoverMessage, RemoverReport } from './orders.ts';
import type { UndoResult } from './remover/finish.ts';

export interface RemoverWatch {
  /** Every record that goes into a journal, as it does. */
  readonly onProgress: (record: JournalRecord) => void;
  /** Calls the run off: the image at hand is brought to an end, the others stay. */
  readonly signal: AbortSignal;
}

/**
 * Carries an order out in a process of its own, which ends with it: nothing else here has a call that removes. It has our
 * user, and of our environment nothing but how glibc is to hand out memory. Throws a CleanupError when the order failed, or when the process did.
 */
export async function carryOutInProcess(
  message: RemoverMessage,
  { onProgress, signal }: RemoverWatch,
): Promise<UndoResult | undefined> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const program = fileURLToPath(new URL(`remover/main${extension}`, import.meta.url));
  const child = fork(program, [], {
    env: allocatorSettings(process.env),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  try {
    return await new Promise<UndoResult | undefined>((resolve, reject) => {
      let end: Extract<RemoverReport, { kind: 'done' | 'failed' }> | undefined;
      child.on('message', (report: RemoverReport) => {
        if (report.kind === 'progress') onProgress(report.record);
        else end = report;
      });
      child.once('error', (error) =>
        reject(
          new CleanupError('failed', `the process of the run could not be started: ${error.message}`, error),
        ),
      );
      child.once('close', (code, killedBy) => {
        if (end?.kind === 'done') resolve(end.undo);
        else if (end?.kind === 'failed') reject(new CleanupError(end.code, end.message));
        else {
          const how = killedBy === null ? `with code ${code}` : `by ${killedBy}`;
          const said = complaint.trim() === '' ? '' : `: ${complaint.trim()}`;
          reject(
            new CleanupError(
              'failed',
              `the process of the run ended ${how}; it is brought to an end by the next${said}`,
            ),
          );
        }
      });
      child.send(message, (error) => {
        if (error !== null)
          reject(new CleanupError('failed', `the run could not be ordered: ${error.message}`, error));
      });
      if (signal.aborted) stop();
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const MAX_COMPLAINT = 2000;

/** Source: mallopt(3), environment variables. */
function allocatorSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('MALLOC_')));
}
