import { constants, inflateSync } from 'node:zlib';
import type { Executable } from '../executable/executable.ts';
import { tableAt } from '../bytes/table.ts';

const SECTION = '.dep-v0';
/** What stands for the source of such crates; for others there is the kind of source (`crates.io`, `git`), never its address. */
const LOCAL = 'local';

/** A thousand crates take some 100 KB. */
const MAX_JSON_BYTES = 4 << 20;
const MAX_SECTION_BYTES = 2 << 20;

/** A crate, as cargo-auditable lists it. */
export interface Crate {
  readonly name: string;
  readonly version: string;
  /** From the same source tree as the program, not from anywhere else. */
  readonly isLocal: boolean;
  /** Only needed to build; not part of the program. */
  readonly isBuildOnly: boolean;
  readonly isRoot: boolean;
  /** Places in the list. */
  readonly dependencies: readonly number[];
}

/**
 * The list of crates that cargo-auditable links into programs: JSON, compressed by zlib, in a section of its own.
 * Undefined where there is none; throws when there is one that breaks its rules: one root, dependencies that are
 * in the list, no circles.
 * Source: cargo-auditable's PARSING.md and its JSON schema.
 */
export function readAuditData(executable: Executable): readonly Crate[] | undefined {
  const range = executable.section(SECTION);
  if (range === undefined) return undefined;
  if (range.size > MAX_SECTION_BYTES)
    throw new Error(`the section ${SECTION} is too large to be a list of crates`);
  const section = tableAt(executable.file, range.offset, range.size, true);
  if (section === undefined) throw new Error(`the section ${SECTION} goes beyond the end of the file`);
  const crates = cratesOf(JSON.parse(inflated(section.bytes)));
  checkCrates(crates);
  return crates;
}

function inflated(bytes: Uint8Array): string {
  try {
    const options = { maxOutputLength: MAX_JSON_BYTES, finishFlush: constants.Z_FINISH };
    return new TextDecoder().decode(inflateSync(bytes, options));
  } catch (cause) {
    throw new Error('the list of crates is damaged or too large', { cause });
  }
}

function cratesOf(list: unknown): readonly Crate[] {
  const packages = isObject(list) ? list['packages'] : undefined;
  if (!Array.isArray(packages)) throw new Error('the list of crates has no packages');
  return packages.map((one: unknown) => {
    if (
      !isObject(one) ||
      typeof one['name'] !== 'string' ||
      typeof one['version'] !== 'string' ||
      one['name'] === ''
    )
      throw new Error('the list of crates has one without name or version');
    const { name, version, source, kind, root, dependencies } = one;
    return {
      name,
      version,
      isLocal: source === LOCAL,
      isBuildOnly: kind === 'build',
      isRoot: root === true,
      dependencies: Array.isArray(dependencies)
        ? dependencies.filter((place) => typeof place === 'number')
        : [],
    };
  });
}

function checkCrates(crates: readonly Crate[]): void {
  if (crates.filter(({ isRoot }) => isRoot).length !== 1)
    throw new Error('the list of crates has not one root');
  if (crates.some(({ dependencies }) => dependencies.some((place) => crates[place] === undefined)))
    throw new Error('the list of crates has dependencies that are not in it');
  if (hasCircle(crates)) throw new Error('the list of crates has dependencies in a circle');
}

/** Takes away what nothing left depends on, until nothing can be taken. */
function hasCircle(crates: readonly Crate[]): boolean {
  const dependents = crates.map(() => 0);
  for (const { dependencies } of crates)
    for (const place of dependencies) dependents[place] = (dependents[place] ?? 0) + 1;
  const free = crates.filter((_, place) => dependents[place] === 0);
  let taken = 0;
  for (let crate = free.pop(); crate !== undefined; crate = free.pop()) {
    taken += 1;
    for (const place of crate.dependencies) {
      dependents[place] = (dependents[place] ?? 0) - 1;
      const next = crates[place];
      if (dependents[place] === 0 && next !== undefined) free.push(next);
    }
  }
  return taken < crates.length;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
