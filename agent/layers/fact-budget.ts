import type { FactContent, FileClaim, PackageRecord } from '../../core/facts.ts';

/** A full desktop in one layer has 36 MiB of them, by this reckoning. */
const MAX_CLAIM_BYTES = 40 * 1024 * 1024;
/** Some 30,000 packages with what each needs. */
const MAX_PACKAGE_BYTES = 32 * 1024 * 1024;

/** What these cost in memory besides their characters. */
const TEXT_BYTES = 40;
const PACKAGE_BYTES = 600;

/**
 * Bounds what is kept of one layer, since each of many files may hold as much as one file may: the thread that reads the
 * layer would run out of memory, and the layer be lost with all that is in it.
 */
export interface FactBudget {
  /** The content, or what of it there is still room for. */
  fit(content: FactContent): FactContent;
}

export function factBudget(): FactBudget {
  let claimBytes = 0;
  let packageBytes = 0;
  return {
    fit(content) {
      const { claims = [], packages = [], ...rest } = content;
      const bytesOfPackages = sumOf(packages, packageCost);
      if (packageBytes + bytesOfPackages > MAX_PACKAGE_BYTES)
        return { ...rest, truncated: leftOut('packages', MAX_PACKAGE_BYTES) };
      packageBytes += bytesOfPackages;
      const bytesOfClaims = sumOf(claims, claimCost);
      if (claimBytes + bytesOfClaims <= MAX_CLAIM_BYTES) {
        claimBytes += bytesOfClaims;
        return content;
      }
      return {
        ...rest,
        ...(packages.length > 0 && { packages }),
        truncated: leftOut('files of packages', MAX_CLAIM_BYTES),
      };
    },
  };
}

function leftOut(what: string, most: number): string {
  return `its ${what} were left out: the layer has more than ${most} bytes of them`;
}

function claimCost({ files, folders = [] }: FileClaim): number {
  return sumOf(files, textCost) + sumOf(folders, textCost);
}

function packageCost({ name, version, dependencies = [], licenses = [] }: PackageRecord): number {
  const texts = sumOf(dependencies, textCost) + sumOf(licenses, textCost);
  return PACKAGE_BYTES + name.length + version.length + texts;
}

function textCost(text: string): number {
  return TEXT_BYTES + text.length;
}

function sumOf<T>(list: readonly T[], cost: (one: T) => number): number {
  let sum = 0;
  for (const one of list) sum += cost(one);
  return sum;
}
