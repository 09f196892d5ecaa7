import type { Workplace } from '../support/workplace.ts';
import type { Listed, Listings } from './listings.ts';

/** One tree's packages, told by the ecosystem's own tool and by us, each worded as that tool words it. */
export interface Comparison {
  /** As it is asked for on the command line, such as `dpkg`. */
  readonly ecosystem: string;
  /** The tool that is taken to be right, with its version. */
  readonly oracle: string;
  /** What tree, in a few words. */
  readonly subject: string;
  readonly expected: ReadonlySet<string>;
  readonly found: ReadonlySet<string>;
  /** What trivy tells of the same tree; absent where it does not know the ecosystem. */
  readonly trivy?: ReadonlySet<string>;
}

/** What two sets have that the other has not, in order. */
export interface Difference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** Makes trees and asks about them. Throws when the ecosystem's tool is not there or fails. */
export type Survey = (place: Workplace) => Promise<readonly Comparison[]>;

/** How to word a package as the oracle does; undefined for one that is not the oracle's business. */
export type Wording = (one: Listed) => string | undefined;

/** Holds what was listed of a tree against what the oracle says. */
export function comparison(
  told: Pick<Comparison, 'ecosystem' | 'oracle' | 'subject' | 'expected'>,
  listings: Listings,
  word: Wording,
): Comparison {
  const { ours, trivy } = listings;
  return {
    ...told,
    found: worded(ours, word),
    ...(trivy !== undefined && { trivy: worded(trivy, word) }),
  };
}

export function difference(expected: ReadonlySet<string>, found: ReadonlySet<string>): Difference {
  return { missing: without(expected, found), surplus: without(found, expected) };
}

function without(all: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...all].filter((one) => !others.has(one)).sort((a, b) => (a < b ? -1 : 1));
}

function worded(listed: readonly Listed[], word: Wording): ReadonlySet<string> {
  return new Set(listed.map(word).filter((one) => one !== undefined));
}
