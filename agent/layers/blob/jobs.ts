import type { LayerFile } from '../../../core/layer.ts';
import { besides } from '../file-bytes.ts';
import { union } from '../union.ts';
import type { OnFile, OnFileError, Wanted } from '../layer-source.ts';
import { givesRights, hasProgramStat, isProgram, PROGRAM_MAGIC_BYTES } from '../programs.ts';
import type { TarMember, TarSink } from '../tar/parser.ts';
import type { Candidate, TarReading } from '../tar/tar-reading.ts';
import { captureSink } from './capture.ts';
import { dropContent, holds, newContent, readContent, type Content, type Shape } from './content.ts';
import type { Memory } from './memory.ts';
import { recentContents } from './recent-contents.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** Files up to this size are caught whole before a cataloger sees them; of larger ones it gets what it asks for. */
const WHOLE_BYTES = 28 * 1024 * 1024;
const HEAD_BYTES = 64 * 1024;
/** For contents that were used and may be wanted again. */
const RECENT_BYTES = 4 * 1024 * 1024;
/** A cataloger that has been stopped this often reads all over the file. */
const MAX_STOPS = 16;

const TOO_MUCH =
  'reads more of the file than is kept of a compressed layer; the unpacked layer has no such limit';

/** A candidate on its way to the catalogers. */
interface Job {
  readonly candidate: Candidate;
  readonly content: Content;
  /** Companions by name. Known once the first pass is over, for until then one may still come. */
  siblings: ReadonlyMap<string, Content> | undefined;
}

/** Brings candidates and their contents together, over as many passes as it takes. */
export interface Jobs {
  /** Takes on a candidate, in place of the one of the same path if there was one. */
  add(candidate: Candidate): void;
  /** To be called when a member passes: says where its content should go. */
  pass(member: TarMember): TarSink | undefined;
  /** To be called after each pass. `again`: another one is needed. `stuck`: another one would bring nothing. */
  endPass(): 'done' | 'again' | 'stuck';
  /** True when nothing is left to wait for. */
  readonly isIdle: boolean;
  /** Gives up on the rest. */
  failRest(): void;
  /** Paths that were handed over or failed, by the member they were then. */
  readonly reported: ReadonlyMap<string, number>;
}

/** `onFile` and `onError` are called as contents come together; see `LayerSource.scan`. */
export function createJobs(
  wanted: Wanted,
  reading: TarReading,
  memory: Memory,
  onFile: OnFile,
  onError: OnFileError,
): Jobs {
  const jobs = new Map<string, Job>();
  const slots = new Map<number, { readonly content: Content; readonly users: Set<Job> }>();
  const reported = new Map<string, number>();
  const recents = recentContents(RECENT_BYTES);
  /** Bytes taken when the pass began, and whether anything else happened since. */
  let takenBefore = -1;
  let hasEnded = false;

  function slotOf(member: number): { readonly content: Content; readonly users: Set<Job> } {
    const slot = slots.get(member) ?? { content: contentOf(member), users: new Set<Job>() };
    slots.set(member, slot);
    return slot;
  }

  function contentOf(member: number): Content {
    const content = newContent(member);
    const recent = recents.find(member);
    const bytes = recent === undefined ? undefined : memory.take(recent.bytes.length);
    if (recent === undefined || bytes === undefined) return content;
    bytes.set(recent.bytes);
    return { ...content, shape: recent.shape, pieces: [{ offset: 0, bytes }] };
  }

  function end(job: Job): void {
    hasEnded = true;
    jobs.delete(job.candidate.path);
    for (const content of partsOf(job)) {
      const slot = slots.get(content.member);
      slot?.users.delete(job);
      if (slot?.users.size !== 0) continue;
      slots.delete(content.member);
      dropContent(content, memory);
    }
  }

  function fail(job: Job, message: string): void {
    const { path, member, byName, asProgram } = job.candidate;
    onError(path, union(byName, asProgram), message);
    reported.set(path, member);
    end(job);
  }

  /** Who wants the file now that its first bytes may be known; `undefined` when they are still to come. */
  function catalogersOf({ candidate, content }: Job, { size, mode }: Shape): readonly string[] | undefined {
    const { byName, asProgram, member } = candidate;
    if (asProgram.length === 0) return byName;
    if (hasProgramStat(mode, size)) {
      if (!holds(content, 0, PROGRAM_MAGIC_BYTES)) return undefined;
      if (isProgram(readContent(content, 0, PROGRAM_MAGIC_BYTES))) return union(byName, asProgram);
    }
    if (givesRights(mode)) return union(byName, wanted.byMode(candidate.path));
    reading.markNoProgram(member);
    return byName;
  }

  /** Goes as far with a job as what is held of its files allows. */
  function attempt(job: Job): void {
    const { candidate, content, siblings } = job;
    // All are asked, so that all that is missing is noted.
    const areSiblingsReady = [...(siblings?.values() ?? [])].map(isReady).every(Boolean);
    if (content.shape === undefined) return;
    if (content.shape.isSparse) return fail(job, 'is stored in the tar as a sparse file, which is not read');
    if (partsOf(job).some((part) => part.stops > MAX_STOPS)) return fail(job, TOO_MUCH);
    const catalogers = catalogersOf(job, content.shape);
    if (catalogers === undefined) return;
    if (catalogers.length === 0) return end(job);
    const awaitsSiblings = siblings === undefined && wanted.companions(candidate.path).length > 0;
    if (!isReady(content) || !areSiblingsReady || awaitsSiblings) return;
    const failure = handOver(job, catalogers);
    const missing = partsOf(job).flatMap((part) => part.missing);
    if (missing.some(({ length }) => length > memory.cap)) return fail(job, TOO_MUCH);
    if (missing.length > 0) return;
    if (failure !== undefined) return fail(job, failure);
    reported.set(candidate.path, candidate.member);
    recents.keep(content);
    end(job);
  }

  function handOver(job: Job, catalogers: readonly string[]): string | undefined {
    try {
      onFile(fileOf(job.candidate.path, job.content, job.siblings), catalogers);
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }

  function findSiblings(job: Job): void {
    const { path } = job.candidate;
    const siblings = new Map<string, Content>();
    for (const name of wanted.companions(path)) {
      const member = name.includes('/') ? undefined : reading.memberOf(besides(path, name));
      if (member === undefined) continue;
      const slot = slotOf(member);
      slot.users.add(job);
      siblings.set(name, slot.content);
    }
    job.siblings = siblings;
  }

  return {
    add(candidate) {
      const before = jobs.get(candidate.path);
      if (before !== undefined) end(before);
      const slot = slotOf(candidate.member);
      const job = { candidate, content: slot.content, siblings: undefined };
      slot.users.add(job);
      jobs.set(candidate.path, job);
      // A hard link to what has passed just now.
      if (slot.content.shape !== undefined) attempt(job);
    },
    pass(member) {
      const slot = slots.get(member.ordinal);
      if (slot === undefined) return undefined;
      slot.content.shape ??= member;
      return captureSink(slot.content, memory, () => {
        for (const job of [...slot.users]) attempt(job);
      });
    },
    endPass() {
      recents.drop();
      for (const job of [...jobs.values()]) {
        const { path, member } = job.candidate;
        if (reading.memberOf(path) !== member) {
          end(job);
          continue;
        }
        if (job.siblings === undefined) findSiblings(job);
        if (job.content.missing.length === 0) attempt(job);
      }
      const isStuck = !hasEnded && memory.taken === takenBefore;
      takenBefore = memory.taken;
      hasEnded = false;
      if (jobs.size === 0) return 'done';
      return isStuck ? 'stuck' : 'again';
    },
    get isIdle() {
      return jobs.size === 0;
    },
    failRest() {
      for (const job of [...jobs.values()]) fail(job, TOO_MUCH);
    },
    reported,
  };
}

function partsOf({ content, siblings }: Job): readonly Content[] {
  return siblings === undefined ? [content] : [content, ...siblings.values()];
}

/** True when a cataloger may begin to read the content; notes what is missing for that. */
function isReady(content: Content): boolean {
  if (content.shape === undefined) return false;
  const { size } = content.shape;
  return holds(content, 0, size <= WHOLE_BYTES ? size : HEAD_BYTES);
}

function fileOf(
  path: string,
  content: Content,
  siblings: ReadonlyMap<string, Content> = new Map(),
): LayerFile {
  return {
    path,
    size: content.shape?.size ?? 0,
    mode: content.shape?.mode ?? 0,
    read: (offset, length) => readContent(content, offset, length),
    sibling(name) {
      const sibling = siblings.get(name);
      return sibling === undefined ? undefined : fileOf(besides(path, name), sibling);
    },
  };
}
