import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { DiffId, LayerFile } from '../../../core/layer.ts';
import { startBudget } from '../budget.ts';
import { concerned } from '../concerned.ts';
import { besides, fileReader, type FileReader, type FileRegion } from '../file-bytes.ts';
import { layerErrorOf, LayerError } from '../layer-error.ts';
import type { LayerListing, LayerSource, OnFile, OnFileError, ReadOptions, Wanted } from '../layer-source.ts';
import { union } from '../union.ts';
import { eachMember, type OpenTar } from './each-member.ts';
import type { TarMember } from './parser.ts';
import { tarReading, type Candidate, type TarReading } from './tar-reading.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** What reading a candidate costs, in names listed. */
const FILE_STEPS = 32;

interface Recipient {
  readonly wanted: Wanted;
  readonly onFile: OnFile;
  readonly onError: OnFileError;
}

/**
 * A layer whose tar lies in a file as it is, as in `docker save` archives. Contents are passed over and read where they
 * lie, so nothing is held in memory. With `expected` all of it is read once to see that it has this diff ID.
 */
export function tarFileSource(region: FileRegion, expected?: DiffId): LayerSource {
  async function run(
    recipient: Recipient,
    only?: ReadonlySet<string>,
    options?: ReadOptions,
  ): Promise<LayerListing> {
    const budget = startBudget(options);
    const fd = openDescriptor(region.path);
    try {
      return await readLayer(
        { fd, region, expected, budget, reading: tarReading(recipient.wanted, budget, only) },
        recipient,
      );
    } finally {
      closeSync(fd);
    }
  }
  return {
    scan: (wanted, onFile, onError, options) => run({ wanted, onFile, onError }, undefined, options),
    async read(wanted, paths, onFile, onError, options) {
      await run({ wanted, onFile, onError }, new Set(paths), options);
    },
  };
}

interface Job extends OpenTar {
  readonly expected: DiffId | undefined;
  readonly reading: TarReading;
}

async function readLayer(job: Job, recipient: Recipient): Promise<LayerListing> {
  const { reading, budget } = job;
  const candidates = new Map<string, Candidate>();
  const members = new Map<number, TarMember>();
  const hash = job.expected === undefined ? undefined : createHash('sha256');
  await eachMember(job, hash, (member) => {
    const candidate = reading.take(member);
    if (candidate === undefined) return;
    candidates.set(candidate.path, candidate);
    if (candidate.member === member.ordinal) members.set(member.ordinal, member);
  });
  if (hash !== undefined && `sha256:${hash.digest('hex')}` !== job.expected) throw wrongDigest(job.expected);

  const current = [...candidates.values()].filter(({ path, member }) => reading.memberOf(path) === member);
  await locateOthers(job, membersOf(current, reading, recipient.wanted), members);
  for (const candidate of current) {
    handOver(job, candidate, members, recipient);
    if (budget.spend(FILE_STEPS)) await budget.pause();
  }
  return { ...reading.finish(), superseded: [] };
}

/** Every member whose content is asked for: the candidates' own, those behind hard links, and companions. */
function membersOf(candidates: readonly Candidate[], reading: TarReading, wanted: Wanted): Set<number> {
  const members = new Set<number>();
  for (const { path, member } of candidates) {
    members.add(member);
    for (const name of wanted.companions(path)) {
      const companion = reading.memberOf(besides(path, name));
      if (companion !== undefined) members.add(companion);
    }
  }
  return members;
}

/** Goes through the headers once more if some of these members have not been seen as candidates. */
async function locateOthers(
  job: Job,
  sought: ReadonlySet<number>,
  members: Map<number, TarMember>,
): Promise<void> {
  if ([...sought].every((ordinal) => members.has(ordinal))) return;
  await eachMember(job, undefined, (member) => {
    if (sought.has(member.ordinal)) members.set(member.ordinal, member);
  });
}

function handOver(
  job: Job,
  candidate: Candidate,
  members: ReadonlyMap<number, TarMember>,
  recipient: Recipient,
): void {
  const { path } = candidate;
  const member = members.get(candidate.member);
  if (member === undefined) return;
  const readers: FileReader[] = [];

  function open(at: string, holder: TarMember): LayerFile {
    if (holder.isSparse) throw new Error('is stored in the tar as a sparse file, which is not read');
    const { size, mode, offset } = holder;
    const reader = fileReader(job.fd, job.region.offset + offset, size);
    readers.push(reader);
    return { path: at, size, mode, read: (from, length) => reader.read(from, length), sibling };
  }

  function sibling(name: string): LayerFile | undefined {
    if (!recipient.wanted.companions(path).includes(name)) return undefined;
    const at = besides(path, name);
    const ordinal = job.reading.memberOf(at);
    const holder = ordinal === undefined ? undefined : members.get(ordinal);
    return holder === undefined ? undefined : open(at, holder);
  }

  try {
    const file = open(path, member);
    const catalogers = concerned(file, candidate, recipient.wanted);
    if (catalogers.length > 0) recipient.onFile(file, catalogers);
  } catch (error) {
    recipient.onError(path, union(candidate.byName, candidate.asProgram), errorMessage(error));
  } finally {
    for (const reader of readers) reader.free();
  }
}

function openDescriptor(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw layerErrorOf(error, path);
  }
}

export function wrongDigest(expected: DiffId | undefined): LayerError {
  return new LayerError(
    'digest',
    `the layer's content is not that of its diff ID ${expected}; fetch the image anew`,
  );
}
