import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../../platform/write-file.ts';
import { EXIT, exitCodeOf, Failure } from '../failure.ts';
import { writeStdout } from './stdout.ts';
import { errorMessage } from '../../platform/error-message.ts';
import { systemCode } from '../../platform/system-error.ts';

/** Where a document goes. `-` or nothing: standard output. */
export type Output = string | undefined;

const FILE_MODE = 0o644;

/** Fails early, before long work, where a document could not be written. Throws a Failure. */
export function checkOutput(output: Output): void {
  if (output === undefined || output === '-') return;
  try {
    const target = realPath(output);
    const there = statSync(target, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) {
      throw new Failure(EXIT.usage, `output is "${output}", which is a folder; it must be a file`);
    }
    if (there !== undefined && !there.isFile()) return accessSync(target, constants.W_OK);
    // With the slash, the system says when it is no folder.
    statSync(`${dirname(target)}/`);
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(output, error);
  }
}

/** Writes all of a document or nothing: a file appears, or is replaced, when it is complete. Throws a Failure. */
export async function writeDocument(text: string, output: Output): Promise<void> {
  if (output === undefined || output === '-') return await writeStdout(text);
  try {
    const target = realPath(output);
    const there = statSync(target, { throwIfNoEntry: false });
    // A device or a pipe is written to, not replaced.
    if (there !== undefined && !there.isFile()) await writeFile(target, text);
    else await writeFileAtomically(target, text, FILE_MODE);
  } catch (error) {
    throw unwritable(output, error);
  }
}

/** A link stays, and what it points to is replaced. */
function realPath(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
}

function unwritable(output: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = systemCode(error) ?? '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'its folder does not exist',
    ENOTDIR: 'it is not in a folder',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  const reason = reasons[code] ?? errorMessage(error);
  return new Failure(exitCodeOf(error), `cannot write ${output}: ${reason}`, error);
}
