import { LayerError } from '../layer-error.ts';
import { BLOCK_BYTES, isMapContinued, parseHeader, string, type RawHeader } from './header.ts';
import { parsePax, type PaxRecords } from './pax.ts';

/** Longer extended headers are refused; Go's archive/tar draws the line at the same size. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

export type TarType = 'file' | 'hardlink' | 'symlink' | 'directory' | 'character-device' | 'other';

/** One member of a tar. */
export interface TarMember {
  /** As stored, a byte string (see `textOf`). */
  readonly name: string;
  readonly linkName: string;
  readonly type: TarType;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** A character device 0:0, which overlayfs takes for a whiteout. */
  readonly isZeroDevice: boolean;
  /** The content is a map and pieces of a sparse file. */
  readonly isSparse: boolean;
  /** Where the content begins, in bytes from the start of the tar. */
  readonly offset: number;
  /** Number of the member, from 0. */
  readonly ordinal: number;
}

/** Takes the content of one member, in pieces. The pieces are valid during the call only. */
export interface TarSink {
  write(bytes: Uint8Array): void;
  end(): void;
}

/** Reads a tar that is pushed into it. All calls throw a LayerError `malformed` for what is no tar. */
export interface TarParser {
  push(bytes: Uint8Array): void;
  /** To be called when there is no more. A tar without its end mark is whole if no member is cut. */
  finish(): void;
  /** How many of the next bytes are of no interest: `skip` says that they will be left out. */
  readonly skippable: number;
  skip(): void;
  /** True once the end mark was seen; whatever follows it is padding. */
  readonly isEnded: boolean;
}

type State = 'header' | 'map' | 'extension' | 'content' | 'padding' | 'end';

/**
 * A parser that calls `onMember` for each member and gives its content to the sink that this returns, if any.
 * Synchronous and without copies, so that a layer of 100,000 small files costs no 100,000 turns of the event loop.
 */
export function tarParser(onMember: (member: TarMember) => TarSink | undefined): TarParser {
  const block = Buffer.alloc(BLOCK_BYTES);
  let blockFill = 0;
  let state: State = 'header';
  let position = 0;
  let ordinal = 0;
  let remaining = 0;
  let padding = 0;
  let zeroBlocks = 0;
  let sink: TarSink | undefined;
  let header: RawHeader | undefined;
  let extension: Buffer = Buffer.alloc(0);
  let pax: PaxRecords | undefined;
  let longName: string | undefined;
  let longLink: string | undefined;

  /** Moves a block's bytes over; true once it is whole. */
  function fillBlock(bytes: Uint8Array, from: number): number {
    const taken = Math.min(BLOCK_BYTES - blockFill, bytes.length - from);
    block.set(bytes.subarray(from, from + taken), blockFill);
    blockFill += taken;
    return taken;
  }

  function takeHeader(): void {
    blockFill = 0;
    header = parseHeader(block);
    if (header === undefined) {
      zeroBlocks++;
      if (zeroBlocks === 2) state = 'end';
      return;
    }
    if (zeroBlocks > 0) throw new LayerError('malformed', 'the tar goes on after its end mark');
    if ('xgLK'.includes(header.typeFlag)) startExtension(header);
    else if (header.typeFlag === 'S' && header.isSparseMapExtended) state = 'map';
    else startMember(header);
  }

  function startExtension({ size }: RawHeader): void {
    if (size > MAX_EXTENSION_BYTES)
      throw new LayerError('malformed', 'the tar has an extended header that is too long');
    extension = Buffer.alloc(size);
    remaining = size;
    padding = paddingOf(size);
    state = 'extension';
    if (size === 0) endExtension();
  }

  function endExtension(): void {
    // `g` speaks of the whole archive, and is ignored by what unpacks images.
    if (header?.typeFlag === 'x') pax = parsePax(extension);
    else if (header?.typeFlag === 'L') longName = string(extension, 0, extension.length);
    else if (header?.typeFlag === 'K') longLink = string(extension, 0, extension.length);
    state = padding === 0 ? 'header' : 'padding';
  }

  function startMember(raw: RawHeader): void {
    const name = pax?.path ?? longName ?? raw.name;
    const type = typeOf(raw.typeFlag, name);
    // Types 1 to 6 have no content, whatever their headers say.
    const size = '123456'.includes(raw.typeFlag) ? 0 : (pax?.size ?? raw.size);
    sink = onMember({
      name,
      linkName: pax?.linkPath ?? longLink ?? raw.linkName,
      type,
      size,
      mode: raw.mode,
      isZeroDevice: raw.typeFlag === '3' && raw.deviceMajor === 0 && raw.deviceMinor === 0,
      isSparse: raw.typeFlag === 'S' || pax?.isSparse === true,
      offset: position,
      ordinal: ordinal++,
    });
    pax = longName = longLink = undefined;
    remaining = size;
    padding = paddingOf(size);
    state = 'content';
    if (size === 0) endContent();
  }

  function endContent(): void {
    sink?.end();
    sink = undefined;
    state = padding === 0 ? 'header' : 'padding';
  }

  /** Takes what the state wants of the bytes from `from` on; returns how many that was. */
  function step(bytes: Uint8Array, from: number): number {
    if (state === 'header' || state === 'map') {
      const taken = fillBlock(bytes, from);
      position += taken;
      if (blockFill < BLOCK_BYTES) return taken;
      if (state === 'header') takeHeader();
      else {
        blockFill = 0;
        if (!isMapContinued(block) && header !== undefined) startMember(header);
      }
      return taken;
    }
    const taken = Math.min(state === 'padding' ? padding : remaining, bytes.length - from);
    position += taken;
    if (state === 'padding') {
      padding -= taken;
      if (padding === 0) state = 'header';
      return taken;
    }
    if (state === 'extension')
      extension.set(bytes.subarray(from, from + taken), extension.length - remaining);
    else sink?.write(bytes.subarray(from, from + taken));
    remaining -= taken;
    if (remaining === 0 && state === 'extension') endExtension();
    else if (remaining === 0) endContent();
    return taken;
  }

  return {
    push(bytes) {
      for (let at = 0; at < bytes.length && state !== 'end';) at += step(bytes, at);
    },
    finish() {
      const isCut = state === 'content' || state === 'extension' || state === 'map' || blockFill > 0;
      if (isCut) throw new LayerError('malformed', 'the tar ends in the middle of a member');
    },
    get skippable() {
      if (state === 'padding') return padding;
      return state === 'content' && sink === undefined ? remaining + padding : 0;
    },
    skip() {
      position += this.skippable;
      remaining = padding = 0;
      state = 'header';
    },
    get isEnded() {
      return state === 'end';
    },
  };
}

function typeOf(typeFlag: string, name: string): TarType {
  switch (typeFlag) {
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '3':
      return 'character-device';
    case '4':
    case '6':
      return 'other';
    case '5':
    case 'D':
      return 'directory';
    case '\0':
      // Before ustar, folders were told by their name alone.
      return name.endsWith('/') ? 'directory' : 'file';
    default:
      return 'file';
  }
}

function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}
