import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';
import { decodeEvent, type NodeEvent } from '../../proto/codec/event.ts';
import type { CollectorProgram } from './fault-programs.ts';

export interface StoredEvent extends NodeEvent {
  readonly node: string;
  readonly epoch: string;
}

/** All events that a collector holds, in the order in which it stored them. It must have ended. */
export function storedEvents({ dataDir }: Pick<CollectorProgram, 'dataDir'>): StoredEvent[] {
  const database = new DatabaseSync(join(dataDir, 'tallyman.db'), { readOnly: true });
  try {
    const rows = database
      .prepare(
        'SELECT name, epoch, payload FROM events JOIN nodes ON nodes.id = events.node ORDER BY events.id',
      )
      .all();
    return rows.map(({ name, epoch, payload }) => ({
      node: String(name),
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
    return rows.map(({ epoch, payload }) => ({ node, epoch, ...decodeEvent(payload) }));
  } finally {
    await client.end({ timeout: 0 });
  }
}

/** Ids of a node's commands, in the order in which a PostgreSQL database took them. */
export async function postgresCommands(url: string, node: string): Promise<string[]> {
  const client = postgres(url, { max: 1, fetch_types: false });
  try {
    const rows = await client<{ readonly id: string }[]>`
      SELECT commands.id FROM commands JOIN nodes ON nodes.id = commands.node
      WHERE nodes.name = ${node} ORDER BY commands.number`;
    return rows.map(({ id }) => id);
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
