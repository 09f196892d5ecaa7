import type { Container, Engine, Process } from '../../core/inventory.ts';

// What the collector's API answers, as far as this command shows it.

export interface NodeAnswer {
  readonly node: string;
  readonly status: string;
  readonly condition: string;
  readonly host?: {
    readonly os: string;
    readonly kernel: string;
    readonly engines: readonly Engine[];
    readonly limitations: readonly string[];
  };
  readonly counts: {
    readonly images: number;
    readonly containers: number;
    readonly running: number;
    readonly processes: number;
  };
}

export interface NodeImage {
  readonly imageId: string;
  readonly names: readonly { readonly name: string }[];
  readonly sizeBytes: number;
  readonly firstSeen: number;
  readonly packages?: number;
  readonly problem?: string;
  readonly containers: number;
  readonly running: number;
}

export interface NodePackage {
  readonly purl: string;
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly version: string;
  readonly imageIds: readonly string[];
}

export type NodeContainer = Container;
export type NodeProcess = Process;

/** All that the collector holds of one node. */
export interface NodePicture {
  readonly node: NodeAnswer;
  readonly images: readonly NodeImage[];
  readonly containers: readonly NodeContainer[];
  readonly processes: readonly NodeProcess[];
  readonly packages: readonly NodePackage[];
}
