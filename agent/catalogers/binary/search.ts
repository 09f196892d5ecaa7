import type { LayerFile } from '../../../core/layer.ts';
import { readExecutables } from '../executable/read.ts';
import type { VersionPattern } from './classifier.ts';

/** Where compilers put text: ELF's sections, Mach-O's, PE's; last, what they say of themselves. */
const TEXT_SECTIONS = ['.rodata', '.data', '__cstring', '__const', '.rdata', '.comment'];
const WINDOW_BYTES = 1 << 20;
/** Of one file. A browser's text is a third of that. */
const MAX_BYTES = 128 << 20;
/** Text before and after the beginning of an anchor. */
const BEFORE = 128;
const AFTER = 192;
/** An anchor that is met more often says nothing. */
const MAX_MEETINGS = 1000;
/** All but printable ASCII, tabs and ends of lines. */
const NO_TEXT = /[^\t\n\r\x20-\x7e]/g;
const VERSION = /^\d{1,9}(?:\.\d{1,9}){0,4}[\w.-]{0,30}$/;

/** What was found of one classifier: a version is empty where the text says none. */
export interface Sighting {
  readonly pattern: VersionPattern;
  readonly version: string;
}

export interface SearchResult {
  /** One for each list of patterns. */
  readonly sightings: readonly (Sighting | undefined)[];
  /** True when the file's text was too long to be searched to its end, and something was still looked for. */
  readonly cut: boolean;
}

/**
 * Looks for the first match of each list of patterns in an executable's text: reads sections of text window by window,
 * and stops as soon as nothing is left to look for. A file without such sections is read from its beginning.
 * Undefined when the file is no executable.
 */
export function searchExecutable(
  file: LayerFile,
  wanted: readonly (readonly VersionPattern[])[],
): SearchResult | undefined {
  const executables = readExecutables(file);
  if (executables.length === 0) return undefined;
  const hunts = wanted.map(startHunt);
  const sections = executables.flatMap((one) => TEXT_SECTIONS.flatMap((name) => one.section(name) ?? []));
  let budget = MAX_BYTES;
  for (const range of sections.length > 0 ? sections : [{ offset: 0, size: file.size }]) {
    const size = Math.max(0, Math.min(range.size, file.size - range.offset, budget));
    searchRange(file, range.offset, size, hunts);
    budget -= size;
    if (budget === 0 || hunts.every((hunt) => hunt.isOver())) break;
  }
  return {
    sightings: hunts.map((hunt) => hunt.result()),
    cut: budget === 0 && hunts.some((hunt) => hunt.result() === undefined),
  };
}

/** Windows overlap, so that each anchor is met once, with all the text around it. */
function searchRange(file: LayerFile, start: number, size: number, hunts: readonly Hunt[]): void {
  const step = WINDOW_BYTES - BEFORE - AFTER;
  for (let at = 0; at < size && !hunts.every((hunt) => hunt.isOver()); at += step) {
    const bytes = file.read(start + at, Math.min(WINDOW_BYTES, size - at));
    if (bytes.length === 0) return;
    const window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const isLast = at + WINDOW_BYTES >= size;
    const from = at === 0 ? 0 : BEFORE;
    const to = isLast ? window.length : WINDOW_BYTES - AFTER;
    for (const hunt of hunts) hunt.search(window, from, to);
    if (isLast) return;
  }
}

/** A search for one list of patterns, going on from window to window. */
interface Hunt {
  /** Meets the anchors that begin in `from` to `to`. */
  search(window: Buffer, from: number, to: number): void;
  /** True when further text cannot change the result. */
  isOver(): boolean;
  result(): Sighting | undefined;
}

function startHunt(patterns: readonly VersionPattern[]): Hunt {
  const met = new Map<VersionPattern, { times: number; readonly versions: Set<string> }>(
    patterns.map((pattern) => [pattern, { times: 0, versions: new Set() }]),
  );
  let first: Sighting | undefined;

  function search(window: Buffer, from: number, to: number): void {
    for (const [pattern, seen] of met) {
      let at = first === undefined ? window.indexOf(pattern.anchor, from, 'latin1') : -1;
      for (
        ;
        at !== -1 && at < to && seen.times < MAX_MEETINGS;
        at = window.indexOf(pattern.anchor, at + 1, 'latin1')
      ) {
        seen.times += 1;
        const version = versionAround(window, at, pattern);
        if (version === undefined) continue;
        seen.versions.add(version);
        if (pattern.isOnlyOne === true) continue;
        first = { pattern, version };
        return;
      }
    }
  }

  return {
    search,
    isOver: () => first !== undefined,
    result() {
      if (first !== undefined) return first;
      for (const [pattern, { times, versions }] of met) {
        const [version, ...others] = versions;
        if (version !== undefined && others.length === 0 && times < MAX_MEETINGS) return { pattern, version };
      }
      return undefined;
    },
  };
}

/** Undefined when the text around an anchor is not what the pattern asks for. */
function versionAround(
  window: Buffer,
  anchorAt: number,
  { anchor, pattern }: VersionPattern,
): string | undefined {
  const start = Math.max(0, anchorAt - BEFORE);
  const excerpt = window.toString('latin1', start, anchorAt + AFTER);
  // The first and last text of a section have no NUL around them; and in front may be numbers, which are no text.
  const text = `\0${excerpt}\0`.replaceAll(NO_TEXT, '\0');
  const begins = anchorAt - start + 1;
  const ends = begins + anchor.length;
  for (const match of text.matchAll(globally(pattern))) {
    if (match.index > begins || match.index + match[0].length < ends) continue;
    const version = match[1] ?? '';
    if (version === '' || VERSION.test(version)) return version;
  }
  return undefined;
}

function globally(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, 'g');
}
