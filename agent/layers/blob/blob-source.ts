import { createHash } from 'node:crypto';
import type { DiffId } from '../../../core/layer.ts';
import { startBudget, type Budget } from '../budget.ts';
import type { LayerListing, LayerSource, OnFile, OnFileError, ReadOptions, Wanted } from '../layer-source.ts';
import { tarParser, type TarMember, type TarSink } from '../tar/parser.ts';
import { wrongDigest } from '../tar/tar-file-source.ts';
import { tarReading } from '../tar/tar-reading.ts';
import { uncompressed } from './decompress.ts';
import { createJobs } from './jobs.ts';
import { boundedMemory } from './memory.ts';

/** For what is caught of passing files, in all. With what is kept of those that have passed it makes 36 MiB. */
const MEMORY_BYTES = 32 * 1024 * 1024;
/** The first lists and catches nearly all; further ones fetch what hard links, companions and large programs need. */
const MAX_PASSES = 8;
const PIECE_STEPS = 256;

/**
 * Begins to stream a blob, anew on each call. A piece may be overwritten once the next one is asked for;
 * one that fills its buffer may be taken over, buffer and all, by who reads it.
 * Whoever stops early calls `return` on the iterator.
 */
export type OpenBlob = () => AsyncIterable<Uint8Array>;

interface Recipient {
  readonly wanted: Wanted;
  readonly onFile: OnFile;
  readonly onError: OnFileError;
}

/**
 * A layer as a blob: a tar, compressed with gzip, zstd or not at all, that can only be streamed. Nothing is written to disk
 * and no more than 36 MiB of it is held. With `expected` the first pass goes to the end and checks the diff ID.
 */
export function blobSource(open: OpenBlob, expected?: DiffId): LayerSource {
  return {
    scan: (wanted, onFile, onError, options) =>
      readBlob(open, expected, { wanted, onFile, onError }, undefined, options),
    async read(wanted, paths, onFile, onError, options) {
      await readBlob(open, expected, { wanted, onFile, onError }, new Set(paths), options);
    },
  };
}

async function readBlob(
  open: OpenBlob,
  expected: DiffId | undefined,
  { wanted, onFile, onError }: Recipient,
  only: ReadonlySet<string> | undefined,
  options: ReadOptions = {},
): Promise<LayerListing> {
  const budget = startBudget(options);
  const reading = tarReading(wanted, budget, only);
  const memory = boundedMemory(MEMORY_BYTES);
  const jobs = createJobs(wanted, reading, memory, onFile, onError);
  const pass = { open, budget, signal: options.signal };
  try {
    await firstPass(pass, expected, (member) => {
      const candidate = reading.take(member);
      if (candidate !== undefined) jobs.add(candidate);
      return jobs.pass(member);
    });
    let state = jobs.endPass();
    for (let passes = 1; state === 'again' && passes < MAX_PASSES; passes++) {
      const onMember = (member: TarMember): TarSink | undefined => jobs.pass(member);
      await streamMembers({ ...pass, onBytes: () => undefined, isEnough: () => jobs.isIdle }, onMember);
      state = jobs.endPass();
    }
    jobs.failRest();
  } finally {
    memory.close();
  }
  const superseded = [...jobs.reported].filter(([path, member]) => reading.memberOf(path) !== member);
  return { ...reading.finish(), superseded: superseded.map(([path]) => path) };
}

/** Goes to the end, and checks the diff ID. */
async function firstPass(
  pass: Pick<Pass, 'open' | 'budget' | 'signal'>,
  expected: DiffId | undefined,
  onMember: (member: TarMember) => TarSink | undefined,
): Promise<void> {
  const hash = expected === undefined ? undefined : createHash('sha256');
  await streamMembers({ ...pass, onBytes: (bytes) => hash?.update(bytes), isEnough: () => false }, onMember);
  if (hash !== undefined && `sha256:${hash.digest('hex')}` !== expected) throw wrongDigest(expected);
}

interface Pass {
  readonly open: OpenBlob;
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
  /** Sees every byte of the tar. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Asked after each piece; true ends the pass early. */
  readonly isEnough: () => boolean;
}

async function streamMembers(
  pass: Pass,
  onMember: (member: TarMember) => TarSink | undefined,
): Promise<void> {
  const { budget } = pass;
  const parser = tarParser(onMember);
  let bytes = 0;
  for await (const piece of uncompressed(pass.open(), pass.signal)) {
    bytes += piece.length;
    budget.checkTar(bytes);
    pass.onBytes(piece);
    parser.push(piece);
    if (pass.isEnough()) return;
    if (budget.spend(PIECE_STEPS)) await budget.pause();
  }
  parser.finish();
}
