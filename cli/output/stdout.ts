import { EXIT, Failure } from '../failure.ts';

/** Whoever read our output has enough: that is no failure, and nobody is left to be told. */
const READER_GONE = 'EPIPE';

/** Writes to standard output; fulfilled when it is out. Throws a Failure when it cannot be, as on a full disk. */
export async function writeStdout(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined || codeOf(error) === READER_GONE) resolve();
      else reject(new Failure(EXIT.failed, `cannot write to standard output: ${error.message}`, error));
    });
  });
}

/**
 * Keeps a broken standard output from ending the process with a stack trace. When its reader is gone, commands that
 * run on are asked to end, as by SIGTERM.
 */
export function guardOutput(): void {
  let told = false;
  process.stdout.on('error', (error: Error) => {
    if (codeOf(error) !== READER_GONE || told) return;
    told = true;
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  });
  process.stderr.on('error', () => undefined);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}
