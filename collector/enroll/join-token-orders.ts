import type { JoinToken } from './enroll-store.ts';
import { isNodePattern } from './join-token.ts';

/** Bounds of what people may order. */
export const MOST_USES = 100_000;
export const SHORTEST_LIFE_MS = 60_000;
export const LONGEST_LIFE_MS = 30 * 86_400_000;

/** A join token as it is shown. Times are ms since the epoch. */
export type JoinTokenView = Omit<JoinToken, 'salt' | 'hash'>;

export interface JoinTokenWish {
  /** A node's name, or a pattern in which `*` stands for any characters. */
  readonly nodes: string;
  readonly uses: number;
  readonly lifeMs: number;
}

/** What is wrong with the wish, in words; undefined when nothing is. */
export function wishProblem({ nodes, uses, lifeMs }: JoinTokenWish): string | undefined {
  if (!isNodePattern(nodes)) {
    return `${JSON.stringify(nodes)} can name no node; use letters, digits, ".", "-", "_", and "*" for any of them`;
  }
  if (!Number.isInteger(uses) || uses < 1 || uses > MOST_USES) {
    return `a join token can be used from 1 to ${MOST_USES} times`;
  }
  if (lifeMs < SHORTEST_LIFE_MS || lifeMs > LONGEST_LIFE_MS) {
    return 'a join token can be good for one minute to 30 days';
  }
  return undefined;
}

/** Without what it is recognised by. */
export function shownToken({ id, nodes, uses, used, createdAt, expiresAt }: JoinToken): JoinTokenView {
  return { id, nodes, uses, used, createdAt, expiresAt };
}
