import type { Page } from '../api-client.ts';

// What the collector's API answers, as far as this command shows it. /api/openapi.json there has all of it.

/** `running` counts containers. */
export interface Spread {
  readonly nodes: number;
  readonly containers: number;
  readonly running: number;
}

export interface FleetNode {
  readonly node: string;
  readonly status: string;
  readonly condition: string;
  /** ms since the epoch. */
  readonly lastSeen: number;
  /** ms since the epoch. */
  readonly certificateUntil?: number;
  /** Other agents that claimed its name; `lastAt` is ms since the epoch. */
  readonly duplicates?: { readonly refused: number; readonly lastAt: number; readonly lastMessage: string };
  readonly host?: { readonly os: string };
  readonly counts: { readonly images: number; readonly running: number; readonly processes: number };
}

export interface FleetImage {
  readonly imageId: string;
  readonly names: readonly string[];
  readonly sizeBytes: number;
  readonly packages?: number;
  readonly spread: Spread;
}

export interface FleetPackage {
  readonly purl: string;
  readonly images: number;
  readonly spread: Spread;
}

/** A layer that a second node read too. */
export interface FleetVerification {
  readonly diffId: string;
  /** Who read it again. */
  readonly node: string;
  readonly outcome: 'same' | 'different';
  /** ms since the epoch. */
  readonly at: number;
  readonly difference?: {
    readonly cataloger: string;
    /** The node whose reading is kept; empty when not known. */
    readonly suppliedBy: string;
    readonly path: string;
    /** From a little before the two part; empty: nothing of that path. */
    readonly stored: string;
    readonly computed: string;
  };
  /** Who knows of the difference; `at` is ms since the epoch. */
  readonly acknowledged?: { readonly by: string; readonly at: number; readonly reason?: string };
}

/** Sessions or connections that were refused, equal ones together. Times are ms since the epoch. */
export interface FleetRefusal {
  /** Empty when not known. */
  readonly node: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Matched {
  readonly matches: readonly { readonly purl: string }[];
}

export type WhereImage = FleetImage & Matched;

export interface WhereContainer extends Matched {
  readonly node: string;
  readonly name: string;
  readonly id: string;
  readonly state: string;
  readonly imageName: string;
}

export interface WhereNode {
  readonly node: string;
  readonly status: string;
  readonly images: number;
  readonly running: number;
}

export interface WhereAnswer {
  readonly query: string;
  readonly totals: Spread & { readonly packages: number; readonly images: number };
  readonly images: Page<WhereImage>;
  readonly containers: Page<WhereContainer>;
  readonly nodes: Page<WhereNode>;
}
