import { LayerError } from '../layer-error.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

type State = 'magic' | 'skip-size' | 'skip' | 'descriptor' | 'header' | 'block' | 'content' | 'checksum';

/** How many bytes each state collects before it can say what comes next; the others let bytes pass. */
const FIELD_BYTES: Partial<Record<State, number>> = { magic: 4, 'skip-size': 4, descriptor: 1, block: 3 };

/**
 * Cuts a zstd stream so that no piece goes beyond the end of a frame, and leaves skippable frames out. Node's decoder drops
 * what follows a frame's end within one piece; tools that compress in parallel or by file (`zstd:chunked`) make many frames.
 * Source: RFC 8878, sections 3.1.1 and 3.1.2. Throws a LayerError `malformed` for what is no frame.
 */
export async function* zstdFrames(blob: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const cutter = frameCutter();
  for await (const bytes of blob) yield* cutter(bytes);
}

function frameCutter(): (bytes: Uint8Array) => Generator<Uint8Array> {
  const field = Buffer.alloc(4);
  let fieldFill = 0;
  let state: State = 'magic';
  let remaining = 0;
  let isLastBlock = false;
  let hasChecksum = false;

  function enter(next: State, bytes = 0): void {
    state = next;
    remaining = bytes;
    fieldFill = 0;
    // A header or a block may have no bytes at all.
    if (bytes === 0 && (next === 'header' || next === 'content' || next === 'skip')) passed();
  }

  function takeField(): void {
    switch (state) {
      case 'magic': {
        const magic = field.readUInt32LE(0);
        if (magic === MAGIC) enter('descriptor');
        else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) enter('skip-size');
        else throw new LayerError('malformed', 'the zstd stream of the layer goes on with something else');
        break;
      }
      case 'skip-size':
        enter('skip', field.readUInt32LE(0));
        break;
      case 'descriptor': {
        const descriptor = field.readUInt8(0);
        hasChecksum = (descriptor & 4) !== 0;
        enter('header', headerBytes(descriptor));
        break;
      }
      case 'block': {
        const block = field.readUIntLE(0, 3);
        isLastBlock = (block & 1) !== 0;
        const isRunLength = ((block >> 1) & 3) === 1;
        enter('content', isRunLength ? 1 : block >> 3);
        break;
      }
      case 'skip':
      case 'header':
      case 'content':
      case 'checksum':
        // These let bytes pass; they have no field.
        break;
    }
  }

  /** What follows once the bytes of a state have passed. */
  function passed(): void {
    if (state === 'header') enter('block');
    else if (state === 'content' && !isLastBlock) enter('block');
    else if (state === 'content' && hasChecksum) enter('checksum', 4);
    else enter('magic');
  }

  return function* cut(bytes) {
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      const isOutside = state === 'magic' || state === 'skip-size' || state === 'skip';
      const wanted = FIELD_BYTES[state];
      const taken = Math.min(wanted === undefined ? remaining : wanted - fieldFill, bytes.length - at);
      if (wanted !== undefined) field.set(bytes.subarray(at, at + taken), fieldFill);
      at += taken;
      if (isOutside) from = at;
      if (wanted === undefined) remaining -= taken;
      else fieldFill += taken;
      if (wanted === undefined ? remaining > 0 : fieldFill < wanted) continue;
      if (wanted === undefined) passed();
      else takeField();
      if (state === 'descriptor') yield Buffer.from(field);
      if (!isOutside && state === 'magic') {
        yield bytes.subarray(from, at);
        from = at;
      }
    }
    if (from < at) yield bytes.subarray(from, at);
  };
}

/** Bytes between a frame's descriptor and its first block: window, dictionary id and content size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionary + contentSize;
}
