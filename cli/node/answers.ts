import type { Package } from '../../core/composition.ts';
import type { Container, Host, Image, Process } from '../../core/inventory.ts';
import type { NodeLook } from './look.ts';
import type { ReadImage } from './packages.ts';

// What `node … --format json` prints. New fields may come; a field that changes its meaning or goes raises `schemaVersion`.

const SCHEMA_VERSION = 1;

interface Answer {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** With its engines, and with what could not be seen. */
  readonly host: Host;
}

export interface NodeImage extends Image {
  /** Containers that were made from it. */
  readonly containers: number;
  readonly running: number;
}

export interface ImagesAnswer extends Answer {
  readonly images: readonly NodeImage[];
}

export interface ContainersAnswer extends Answer {
  readonly containers: readonly Container[];
}

export interface ProcessesAnswer extends Answer {
  readonly processes: readonly Process[];
}

export interface NodePackage extends Omit<Package, 'locations'> {
  readonly imageIds: readonly string[];
}

export interface PackagesAnswer extends Answer {
  readonly images: readonly {
    readonly imageId: string;
    readonly names: readonly string[];
    /** How many; absent when they could not be found, and `problem` says why. */
    readonly packages?: number;
    readonly problem?: string;
    readonly opaqueBlind: boolean;
  }[];
  /** In order of purl. */
  readonly packages: readonly NodePackage[];
}

export function imagesAnswer({ host, images, containers }: NodeLook): ImagesAnswer {
  const withUse = images.map((image): NodeImage => {
    const own = containers.filter(({ imageId }) => imageId === image.imageId);
    const running = own.filter(({ state }) => state === 'running' || state === 'paused');
    return { ...image, containers: own.length, running: running.length };
  });
  return { schemaVersion: SCHEMA_VERSION, host, images: withUse };
}

export function containersAnswer({ host, containers }: NodeLook): ContainersAnswer {
  return { schemaVersion: SCHEMA_VERSION, host, containers };
}

export function processesAnswer({ host, processes }: NodeLook): ProcessesAnswer {
  return { schemaVersion: SCHEMA_VERSION, host, processes };
}

export function packagesAnswer({ host }: NodeLook, read: readonly ReadImage[]): PackagesAnswer {
  const found = new Map<string, { readonly one: Omit<Package, 'locations'>; readonly imageIds: string[] }>();
  for (const { image, packages = [] } of read) {
    for (const { locations: _, ...one } of packages) {
      const known = found.get(one.purl);
      if (known === undefined) found.set(one.purl, { one, imageIds: [image.imageId] });
      else known.imageIds.push(image.imageId);
    }
  }
  return {
    schemaVersion: SCHEMA_VERSION,
    host,
    images: read.map(({ image, packages, problem, opaqueBlind }) => ({
      imageId: image.imageId,
      names: [...new Set(image.names.map(({ name }) => name))],
      ...(packages !== undefined && { packages: packages.length }),
      ...(problem !== undefined && { problem }),
      opaqueBlind,
    })),
    packages: [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { one, imageIds }]) => ({ ...one, imageIds })),
  };
}
