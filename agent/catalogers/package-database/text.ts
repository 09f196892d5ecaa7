import type { LayerFile } from '../../../core/layer.ts';

/** A MiB at once: few enough reads, and a block longer than that is not searched too often. */
const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** Four times the longest path, which is what long lines are long for. */
const MAX_LINE_LENGTH = 16 * 1024;

/** Bounds on a file of blocks. What comes after that many bytes or blocks stays unread. */
export interface BlockLimits {
  readonly bytes: number;
  /** Characters of one block. Longer ones are left out. */
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
  /** The block under way is longer than any; what there was of it is forgotten. */
  let isLong = false;
  let hasLong = false;
  for (let offset = 0; offset < end;) {
    const chunk = file.read(offset, Math.min(CHUNK_BYTES, end - offset));
    if (chunk.length === 0) break;
    offset += chunk.length;
    // A separator may lie across two chunks; all before the last character was searched already.
    const searched = Math.max(0, pending.length - 1);
    pending += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let at = pending.indexOf('\n\n', searched); at !== -1; at = pending.indexOf('\n\n', start)) {
      const block = isLong || at - start > limits.blockLength ? '' : pending.slice(start, at).trim();
      hasLong ||= at - start > limits.blockLength;
      isLong = false;
      start = afterBreaks(pending, at);
      if (block === '') continue;
      if ((blocks += 1) > limits.blocks) return `only the first ${limits.blocks} packages were read`;
      yield block;
    }
    pending = pending.slice(start);
    if (pending.length <= limits.blockLength) continue;
    isLong = hasLong = true;
    pending = pending.slice(-1);
  }
  if (file.size > limits.bytes) return cutAt(limits.bytes);
  const last = isLong ? '' : (pending + decoder.decode()).trim();
  if (last !== '') yield last;
  return hasLong ? `packages of more than ${limits.blockLength} characters were left out` : undefined;
}

function afterBreaks(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) === LINE_FEED) end += 1;
  return end;
}

/**
 * Hands over a file's lines without their ends, from chunks that are forgotten; returns what `truncated` is to say if a
 * limit was passed. Lines longer than any path may be are left out, and so is one that `maxBytes` cuts.
 */
export function eachLine(
  file: LayerFile,
  maxBytes: number,
  take: (line: string) => void,
): string | undefined {
  const decoder = new TextDecoder();
  const end = Math.min(file.size, maxBytes);
  let pending = '';
  /** The line under way is longer than any; what there was of it is forgotten. */
  let isLong = false;
  let hasLong = false;
  for (let offset = 0; offset < end;) {
    const chunk = file.read(offset, Math.min(CHUNK_BYTES, end - offset));
    if (chunk.length === 0) break;
    offset += chunk.length;
    pending += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let at = pending.indexOf('\n'); at !== -1; at = pending.indexOf('\n', start)) {
      if (!isLong && at - start <= MAX_LINE_LENGTH) take(pending.slice(start, at));
      else hasLong = true;
      isLong = false;
      start = at + 1;
    }
    pending = pending.slice(start);
    if (pending.length <= MAX_LINE_LENGTH) continue;
    isLong = hasLong = true;
    pending = '';
  }
  if (file.size > maxBytes) return cutAt(maxBytes);
  const last = pending + decoder.decode();
  if (last !== '' && !isLong) take(last);
  return hasLong ? `lines of more than ${MAX_LINE_LENGTH} characters were left out` : undefined;
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
