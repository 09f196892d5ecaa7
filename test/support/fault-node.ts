import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import type { ApiClient } from '../../cli/api-client.ts';
import { decodeEvent, type NodeEvent } from '../../proto/codec/event.ts';
import type { TestContainerd } from './containerd.ts';
import type { CollectorProgram, Program } from './fault-programs.ts';
import { smallImage } from './small-images.ts';
import { eventually } from './system.ts';

/** However busy the machine is. */
const NOTICED_SECONDS = 90;

/** Gives an engine images that share layers, each with npm packages of its own. */
export async function importImages(engine: TestContainerd, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const layers = [`base-${at % 2}`, `app-${at}`].map((name) => [
      {
        path: `srv/${name}/node_modules/${name}/package.json`,
        content: JSON.stringify({ name, version: '1.2.3' }),
      },
    ]);
    await engine.importArchive(ociArchive([{ image: smallImage(layers), names: [imageName(at)] }]));
  }
}

export function imageName(at: number): string {
  return `registry.example/app-${at}:1`;
}

/** Ends the engine and brings it back, each noticed by the agent: two events. */
export async function loseEngine(engine: TestContainerd, agent: Program): Promise<void> {
  const noticed = async (): Promise<number> =>
    agent.log().filter(({ message }) => message === 'engine changed').length;
  const before = await noticed();
  await engine.kill();
  await eventually(noticed, (count) => count > before, NOTICED_SECONDS);
  await engine.restart();
  await eventually(noticed, (count) => count > before + 1, NOTICED_SECONDS);
}

interface NodeImage {
  readonly imageId: string;
  readonly names: readonly { readonly name: string }[];
  readonly sizeBytes: number;
  readonly packages?: number;
}

/** What a collector has of a node's images and their packages: what is the same for whoever reads the node. */
export interface NodePicture {
  readonly images: readonly object[];
  readonly packages: readonly string[];
}

export async function pictureOf(api: ApiClient, node: string): Promise<NodePicture> {
  const images = await api.all<NodeImage>(`nodes/${node}/images`);
  const packages = await api.all<{ readonly purl: string }>(`nodes/${node}/packages`);
  return {
    images: images.map(({ imageId, names, sizeBytes, packages: count }) => ({
      imageId,
      names: names.map(({ name }) => name).toSorted(),
      sizeBytes,
      packages: count,
    })),
    packages: packages.map(({ purl }) => purl),
  };
}

/** The names that a collector has of a node's images, and whether it knows the packages of each. */
export async function knownNames(
  api: ApiClient,
  node: string,
): Promise<{ readonly names: readonly string[]; readonly complete: boolean }> {
  const images = await api.all<NodeImage>(`nodes/${node}/images`);
  return {
    names: images.flatMap((image) => image.names.map(({ name }) => name)).toSorted(),
    complete: images.every(({ packages }) => packages !== undefined),
  };
}

export interface StoredEvent extends NodeEvent {
  readonly epoch: string;
}

/** All events that a collector holds, in the order in which it stored them. It must have ended. */
export function storedEvents({ dataDir }: Pick<CollectorProgram, 'dataDir'>): StoredEvent[] {
  const database = new DatabaseSync(join(dataDir, 'tallyman.db'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT epoch, payload FROM events ORDER BY id').all();
    return rows.map(({ epoch, payload }) => ({
      epoch: String(epoch),
      ...decodeEvent(payload instanceof Uint8Array ? payload : new Uint8Array()),
    }));
  } finally {
    database.close();
  }
}

/** The same of a node, from a PostgreSQL database. */
export async function postgresEvents(url: string, node: string): Promise<StoredEvent[]> {
  const client = postgres(url, { max: 1, fetch_types: false });
  try {
    const rows = await client<{ readonly epoch: string; readonly payload: Uint8Array }[]>`
      SELECT epoch, payload FROM events JOIN nodes ON nodes.id = events.node
      WHERE nodes.name = ${node} ORDER BY events.id`;
    return rows.map(({ epoch, payload }) => ({ epoch, ...decodeEvent(payload) }));
  } finally {
    await client.end({ timeout: 0 });
  }
}

/** How many events wait on a node. Its agent must have ended. */
export function waitingEvents(stateDir: string): number {
  const database = new DatabaseSync(join(stateDir, 'state.db'), { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS count FROM outbox').get()?.['count']);
  } finally {
    database.close();
  }
}
