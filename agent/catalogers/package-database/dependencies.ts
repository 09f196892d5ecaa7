/** What a package is called by, besides its name. */
export interface Provider {
  readonly name: string;
  readonly provides: readonly string[];
}

/** A full desktop has 60,000 names in relations of its packages. */
export const MAX_NAMES = 250_000;

/** Bounds what a database says of relations, since each of a million names costs far more than its bytes. */
export interface RelationBudget {
  /** What `read` gives; nothing, and nothing is read any more, once there were too many. */
  take<T>(read: () => readonly T[]): readonly T[];
  /** Says that names are missing. */
  truncated(): string | undefined;
}

export function relationBudget(maxNames: number = MAX_NAMES): RelationBudget {
  let count = 0;
  return {
    take(read) {
      if (count > maxNames) return [];
      const names = read();
      count += names.length;
      return count > maxNames ? [] : names;
    },
    truncated: () =>
      count > maxNames ? `dependencies beyond the first ${maxNames} were left out` : undefined,
  };
}

/** Maps each name that a dependency may use to the package there that answers to it; its real bearer comes first. */
export function providerIndex(packages: readonly Provider[]): ReadonlyMap<string, string> {
  const index = new Map<string, string>();
  for (const { name } of packages) index.set(name, name);
  for (const { name, provides } of packages) {
    for (const capability of provides) if (!index.has(capability)) index.set(capability, name);
  }
  return index;
}

/**
 * Names of the packages that `name` depends on. Each requirement is a list of alternatives: the first that is there
 * counts; where none is, what `missing` makes of it, if anything.
 */
export function dependencyNames(
  name: string,
  requirements: readonly (readonly string[])[],
  index: ReadonlyMap<string, string>,
  missing: (alternatives: readonly string[]) => string | undefined = () => undefined,
): readonly string[] {
  const names = new Set<string>();
  for (const alternatives of requirements) {
    const present = alternatives.find((alternative) => index.has(alternative));
    const found = present === undefined ? missing(alternatives) : index.get(present);
    if (found !== undefined && found !== name) names.add(found);
  }
  return [...names];
}
