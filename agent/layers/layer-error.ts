import { errorMessage } from '../../platform/error-message.ts';
import { systemCode } from '../../platform/system-error.ts';
/**
 * Why a layer or an image archive could not be read.
 * - `not-found`: nothing is at the path.
 * - `unreadable`: no permission, or the disk failed.
 * - `changed`: the layer was removed or altered while it was being read; nothing of it may be kept.
 * - `not-an-image`: the file or folder is not the kind of archive it was said to be, or lacks a part of it.
 * - `malformed`: the bytes of a tar, or of its compression, make no sense.
 * - `digest`: the content is not what its digest promises.
 * - `limit`: a cap on entries, bytes or time was reached.
 * - `unsupported`: a kind of layer that tallyman does not read.
 * - `worker`: the thread that read the layer ended before it was done, mostly for lack of memory.
 */
export type LayerErrorCode =
  | 'not-found'
  | 'unreadable'
  | 'changed'
  | 'not-an-image'
  | 'malformed'
  | 'digest'
  | 'limit'
  | 'unsupported'
  | 'worker';

/** A layer or archive failed as a whole. What fails for one file is a fact, not an error. */
export class LayerError extends Error {
  override readonly name = 'LayerError';
  readonly code: LayerErrorCode;

  constructor(code: LayerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Wraps what a system call on `path` threw; a LayerError passes through. */
export function layerErrorOf(error: unknown, path: string): LayerError {
  if (error instanceof LayerError) return error;
  const code = systemCode(error);
  if (code === 'ENOENT')
    return new LayerError('not-found', `${path}: no such file or directory`, { cause: error });
  if (code === 'ENOTDIR') return new LayerError('not-found', `${path}: not a directory`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return new LayerError('unreadable', `${path}: permission denied`, { cause: error });
  }
  const reason = code ?? errorMessage(error);
  return new LayerError('unreadable', `${path}: could not be read (${reason})`, { cause: error });
}
