import type { OpenBlob } from '../blob/blob-source.ts';
import { startBudget } from '../budget.ts';
import { uncompressed } from '../blob/decompress.ts';
import { fileBlob } from '../blob/file-blob.ts';
import { fileSize } from '../file-bytes.ts';
import { LayerError } from '../layer-error.ts';
import { tarParser, type TarMember, type TarSink } from '../tar/parser.ts';
import { MAX_DOCUMENT_BYTES, type ArchiveFiles } from './archive-files.ts';
import { memberNames } from './member-names.ts';

/** For all documents of an archive together. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
const PIECE_STEPS = 256;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/**
 * An archive that is compressed as a whole (`docker save … | gzip`): it can only be streamed, from its beginning, again for
 * each layer. The documents in it, small files that begin like JSON, are kept from the first pass.
 */
export async function streamArchive(
  title: string,
  path: string,
  signal?: AbortSignal,
): Promise<ArchiveFiles> {
  const names = memberNames();
  const documents = new Map<number, Buffer>();
  let kept = 0;

  function keep(member: TarMember): TarSink | undefined {
    names.add(member);
    if (member.type !== 'file' || member.size === 0 || member.size > MAX_DOCUMENT_BYTES) return undefined;
    if (kept + member.size > MAX_KEPT_BYTES) return undefined;
    return collect(member.size, (bytes) => {
      if (bytes[0] !== BRACE && bytes[0] !== BRACKET) return;
      kept += bytes.length;
      documents.set(member.ordinal, bytes);
    });
  }

  const budget = startBudget(signal === undefined ? {} : { signal });
  const parser = tarParser(keep);
  let passed = 0;
  for await (const piece of uncompressed(wholeFile(path)(), signal)) {
    passed += piece.length;
    budget.checkTar(passed);
    parser.push(piece);
    if (budget.spend(PIECE_STEPS)) await budget.pause();
  }
  parser.finish();

  return {
    title,
    read(name) {
      const member = names.find(name);
      const document = member === undefined ? undefined : documents.get(member.ordinal);
      if (member !== undefined && document === undefined) {
        return Promise.reject(new LayerError('not-an-image', `${title}: ${name} is no document of an image`));
      }
      return Promise.resolve(document);
    },
    locate(name) {
      const member = names.find(name);
      return member === undefined
        ? undefined
        : { kind: 'archive-member', archive: path, ordinal: member.ordinal };
    },
    sizeOf: (name) => names.find(name)?.size ?? 0,
  };
}

/** Streams one member of a compressed archive, from the archive's beginning. */
export function archiveMemberBlob(archive: string, ordinal: number): OpenBlob {
  return async function* () {
    let pieces: Buffer[] = [];
    let isOver = false;
    const sink: TarSink = {
      // The parser's pieces do not outlive the call, but those of one pushed piece do until the next push.
      write: (bytes) => void pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      end: () => void (isOver = true),
    };
    const parser = tarParser((member) => (member.ordinal === ordinal ? sink : undefined));
    for await (const piece of uncompressed(wholeFile(archive)())) {
      parser.push(piece);
      yield* pieces;
      pieces = [];
      if (isOver) return;
    }
    throw new LayerError('changed', `${archive}: a layer in it is not there any more`);
  };
}

function wholeFile(path: string): OpenBlob {
  return fileBlob({ path, offset: 0, length: fileSize(path) });
}

/** A sink that gathers one member. */
function collect(size: number, done: (bytes: Buffer) => void): TarSink {
  const bytes = Buffer.alloc(size);
  let fill = 0;
  return {
    write(piece) {
      bytes.set(piece, fill);
      fill += piece.length;
    },
    end: () => done(bytes),
  };
}
