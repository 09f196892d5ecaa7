import type { Fact, FactContent, FileClaim, PackageRecord } from '../../core/facts.ts';

/** A full desktop in one layer has 36 MiB of them, by this reckoning. */
const MAX_CLAIM_BYTES = 40 * 1024 * 1024;
/** Some 30,000 packages with what each needs. */
const MAX_PACKAGE_BYTES = 32 * 1024 * 1024;
/** Paths with what is said of them besides, such as findings: some 100,000. */
const MAX_OTHER_BYTES = 24 * 1024 * 1024;
/** Of these for files that nothing was found in: they leave room for the others. */
const MAX_NOTHING_BYTES = 16 * 1024 * 1024;

/** What these cost in memory besides their characters. */
const TEXT_BYTES = 40;
const PACKAGE_BYTES = 600;
const FACT_BYTES = 120;

/**
 * Bounds what is kept of one layer, since each of many files may hold as much as one file may: the thread that reads the
 * layer would run out of memory, and the layer be lost with all that is in it.
 */
export interface FactBudget {
  /** The content, or what of it there is still room for. `size`: bytes of the file that it was read from. */
  fit(content: FactContent, size: number): FactContent;
  /** Counts a fact whose content was made to fit. False where there is no room for it: then nothing of it counts. */
  keep(fact: Fact): boolean;
  /** Takes a fact that was kept out again: the same file is read anew. */
  drop(fact: Fact): void;
}

export function factBudget(): FactBudget {
  let claimBytes = 0;
  let packageBytes = 0;
  let otherBytes = 0;

  function takeBack({ packages = [], claims = [] }: Fact): void {
    packageBytes -= sumOf(packages, packageCost);
    claimBytes -= sumOf(claims, claimCost);
  }

  return {
    keep(fact) {
      const hasRoom = otherBytes <= (fact.status === 'found' ? MAX_OTHER_BYTES : MAX_NOTHING_BYTES);
      if (hasRoom) otherBytes += otherCost(fact);
      else takeBack(fact);
      return hasRoom;
    },
    drop(fact) {
      otherBytes -= otherCost(fact);
      takeBack(fact);
    },
    fit(content, size) {
      const { claims = [], packages = [], ...rest } = content;
      const bytesOfPackages = sumOf(packages, packageCost);
      const bytesOfClaims = sumOf(claims, claimCost);
      const own = bytesOfPackages + bytesOfClaims < size ? detached : asItIs;
      if (packageBytes + bytesOfPackages > MAX_PACKAGE_BYTES)
        return own({ ...rest, truncated: leftOut('packages', MAX_PACKAGE_BYTES) });
      packageBytes += bytesOfPackages;
      if (claimBytes + bytesOfClaims <= MAX_CLAIM_BYTES) {
        claimBytes += bytesOfClaims;
        return own(content);
      }
      return own({
        ...rest,
        ...(packages.length > 0 && { packages }),
        truncated: leftOut('files of packages', MAX_CLAIM_BYTES),
      });
    },
  };
}

/**
 * The same with texts of their own. V8 keeps a piece of a text as a reference to the whole of it: a name that was read
 * from a file of a megabyte holds on to that megabyte.
 */
function detached(content: FactContent): FactContent {
  return JSON.parse(JSON.stringify(content)) as FactContent;
}

/** What is not much less than the file that it was read from may as well hold on to that. */
function asItIs(content: FactContent): FactContent {
  return content;
}

function leftOut(what: string, most: number): string {
  return `its ${what} were left out: the layer has more than ${most} bytes of them`;
}

function claimCost({ files, folders = [] }: FileClaim): number {
  return sumOf(files, textCost) + sumOf(folders, textCost);
}

function packageCost({
  dependencies = [],
  licenses = [],
  qualifiers = {},
  ...fields
}: PackageRecord): number {
  const { name, version, namespace = '', vendor = '', modularity = '', inside = '', source } = fields;
  const texts = sumOf(dependencies, textCost) + sumOf(licenses, textCost);
  const others = name.length + version.length + namespace.length + vendor.length + modularity.length;
  const { name: sourceName = '', version: sourceVersion = '' } = source ?? {};
  const least = PACKAGE_BYTES + others + inside.length + sourceName.length + sourceVersion.length;
  return least + texts + sumOf(Object.entries(qualifiers).flat(), textCost);
}

function otherCost({ path, message = '', truncated = '', findings = [], licenses = [] }: Fact): number {
  const findingCost = sumOf(
    findings,
    ({ kind, evidence = '' }) => FACT_BYTES + kind.length + evidence.length,
  );
  const texts = path.length + message.length + truncated.length;
  return FACT_BYTES + texts + findingCost + sumOf(licenses, textCost);
}

function textCost(text: string): number {
  return TEXT_BYTES + text.length;
}

function sumOf<T>(list: readonly T[], cost: (one: T) => number): number {
  let sum = 0;
  for (const one of list) sum += cost(one);
  return sum;
}
