import type { FileClaim } from '../../../core/facts.ts';

/** Linux's PATH_MAX; nothing longer can be opened by its path. */
const MAX_PATH_LENGTH = 4096;
/** A full desktop's file lists come to about 20 Mi characters, and 400,000 paths. */
const MAX_CHARACTERS = 40 * 1024 * 1024;
/** What a path costs besides its characters: as a text of its own, and its place in a list. */
const PATH_OVERHEAD = 40;

/** Gathers the files of packages. */
export interface ClaimCollector {
  /** Takes a path with or without leading slashes; the root itself, impossible paths and nobody's are left out. */
  add(owner: string, path: string): void;
  claims(): readonly FileClaim[];
  /** True once what is added is left out. */
  isFull(): boolean;
  /** Says that files are missing, once they passed the cap. */
  truncated(): string | undefined;
}

/**
 * Collects claims up to a cap on their characters: formats that store a directory once for many files
 * let a small database spell out more paths than memory holds.
 */
export function claimCollector(maxCharacters: number = MAX_CHARACTERS): ClaimCollector {
  const byOwner = new Map<string, string[]>();
  let characters = 0;
  let isFull = false;
  return {
    add(owner, path) {
      if (isFull || path.length > MAX_PATH_LENGTH) return;
      const file = withoutRoot(path);
      if (file === '' || owner === '') return;
      characters += file.length + PATH_OVERHEAD;
      isFull = characters > maxCharacters;
      if (isFull) return;
      const files = byOwner.get(owner);
      if (files === undefined) byOwner.set(owner, [file]);
      else files.push(file);
    },
    claims: () => [...byOwner].map(([owner, files]) => ({ owner, files })),
    isFull: () => isFull,
    truncated: () => (isFull ? `files beyond ${maxCharacters} characters of paths were left out` : undefined),
  };
}

function withoutRoot(path: string): string {
  let start = 0;
  while (path[start] === '/') start += 1;
  return start === 0 ? path : path.slice(start);
}
