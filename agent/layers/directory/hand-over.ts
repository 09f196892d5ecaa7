import { lstatSync } from 'node:fs';
import { LayerError } from '../layer-error.ts';
import { concerned } from '../concerned.ts';
import type { OnFile, OnFileError, Wanted } from '../layer-source.ts';
import { systemPath } from '../path-text.ts';
import { hasWantedStat, mayBeProgram } from '../programs.ts';
import { union } from '../union.ts';
import { absolute, openFile, reasonOf, type OpenFile, type Tree } from './tree.ts';
import { systemCode } from '../../../platform/system-error.ts';

/** Where wanted files go. */
export interface Recipient {
  readonly wanted: Wanted;
  readonly onFile: OnFile;
  readonly onError: OnFileError;
  /** True where files come and go, as on a running host: one that vanished is then no sign of a vanishing layer. */
  readonly isLive: boolean;
}

/**
 * Hands a regular file over to whom it may concern, if anyone. Programs are told by name, execute bit, size and first
 * bytes, in this order: each step is dearer than the one before. The second also tells files whose mode gives rights away.
 * Returns true when the file was opened.
 * Throws a LayerError `changed` when the file is gone although nothing should change here.
 */
export function handOver(tree: Tree, path: string, recipient: Recipient): boolean {
  const { wanted, onError } = recipient;
  const byName = wanted.byName(path);
  const asProgram = wanted.programs && mayBeProgram(path) ? wanted.asProgram(path) : [];
  const asked = union(byName, asProgram);
  if (asked.length === 0) return false;
  let file: OpenFile | undefined;
  try {
    if (byName.length === 0 && !isWorthOpening(tree, path)) return false;
    file = openFile(tree, path, wanted.companions(path));
    const catalogers = concerned(file, { byName, asProgram }, wanted);
    if (catalogers.length > 0) recipient.onFile(file, catalogers);
  } catch (error) {
    if (error instanceof LayerError) throw error;
    if (!isGone(error)) onError(path, asked, reasonOf(error));
    else if (!recipient.isLive) throw vanished(path, error);
  } finally {
    file?.close();
  }
  return true;
}

/** True when a system call failed because its path is not there. */
export function isGone(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export function vanished(path: string, cause: unknown): LayerError {
  return new LayerError('changed', `${path} vanished while the layer was being read; it will be read anew`, {
    cause,
  });
}

function isWorthOpening(tree: Tree, path: string): boolean {
  const stat = lstatSync(systemPath(absolute(tree, path)));
  return stat.isFile() && hasWantedStat(stat.mode, stat.size);
}
