import type { LayerFile } from '../../../core/layer.ts';

/** A MiB at once: few enough reads, and a block longer than that is not searched too often. */
const CHUNK_BYTES = 1024 * 1024;

/** Bounds on a file of blocks. What comes after the first bound that is passed stays unread. */
export interface BlockLimits {
  readonly bytes: number;
  /** Characters of one block. */
  readonly blockLength: number;
  readonly blocks: number;
}

/** A text file's first `maxBytes`, and what `truncated` is to say if that was not all. Bad UTF-8 becomes U+FFFD. */
export function readText(file: LayerFile, maxBytes: number): { text: string; truncated?: string } {
  const text = new TextDecoder().decode(file.read(0, Math.min(file.size, maxBytes)));
  return file.size > maxBytes ? { text, truncated: cutAt(maxBytes) } : { text };
}

/**
 * Yields the blocks of a text file that blank lines separate; returns what `truncated` is to say if a limit was passed.
 * A block that the end of the reading cuts is left out, but the file's last block needs no blank line after it.
 */
export function* readBlocks(file: LayerFile, limits: BlockLimits): Generator<string, string | undefined> {
  const decoder = new TextDecoder();
  const end = Math.min(file.size, limits.bytes);
  let pending = '';
  let blocks = 0;
  for (let offset = 0; offset < end;) {
    const chunk = file.read(offset, Math.min(CHUNK_BYTES, end - offset));
    if (chunk.length === 0) break;
    offset += chunk.length;
    // A separator may lie across two chunks; all before the last character was searched already.
    let at = Math.max(0, pending.length - 1);
    pending += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (at = pending.indexOf('\n\n', at); at !== -1; at = pending.indexOf('\n\n', at + 1)) {
      const block = pending.slice(start, at).trim();
      start = at + 1;
      if (block === '') continue;
      if ((blocks += 1) > limits.blocks) return `only the first ${limits.blocks} packages were read`;
      yield block;
    }
    pending = pending.slice(start);
    if (pending.length > limits.blockLength) return `a package of more than ${limits.blockLength} characters`;
  }
  if (file.size > limits.bytes) return cutAt(limits.bytes);
  const last = (pending + decoder.decode()).trim();
  if (last !== '') yield last;
  return undefined;
}

/** Lines without their ends, one at a time: a long text need not exist twice. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    yield end === -1 ? text.slice(start) : text.slice(start, end);
    if (end === -1) return;
    start = end + 1;
  }
}

function cutAt(maxBytes: number): string {
  return `only the first ${maxBytes} bytes were read`;
}
