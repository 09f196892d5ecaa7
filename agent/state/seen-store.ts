import { integer, optionalInteger, text } from './database.ts';
import type { Database, Row, Statement } from './database.ts';
import type { NodeTime } from './node-time.ts';

/** What the node remembers of an image's life here. */
export interface ImageLife {
  /** ms since the epoch as the node believed then: to be shown, never to be counted with. */
  readonly firstSeen: number;
  /** Likewise, when it was last seen in use; absent when never. */
  readonly lastUsed?: number;
  /** ms of node time since it was first seen: see NodeTime. */
  readonly ageMs: number;
  /** ms of node time since it was last seen in use, or since it was first seen. */
  readonly unusedMs: number;
}

/** First-seen and last-used of every image on this node, whatever the clock does. */
export class SeenStore {
  readonly #database: Database;
  readonly #time: NodeTime;
  readonly #add: Statement;
  readonly #use: Statement;
  readonly #all: Statement;
  readonly #one: Statement;
  readonly #forget: Statement;

  constructor(database: Database, time: NodeTime) {
    this.#database = database;
    this.#time = time;
    this.#add = database.prepare(
      `INSERT INTO seen (image_id, first_wall, first_elapsed) SELECT value, ?, ? FROM json_each(?) WHERE true
       ON CONFLICT (image_id) DO NOTHING`,
    );
    this.#use = database.prepare(
      'UPDATE seen SET used_wall = ?, used_elapsed = ? WHERE image_id IN (SELECT value FROM json_each(?))',
    );
    this.#all = database.prepare('SELECT * FROM seen');
    this.#one = database.prepare('SELECT * FROM seen WHERE image_id = ?');
    this.#forget = database.prepare(
      'DELETE FROM seen WHERE image_id NOT IN (SELECT value FROM json_each(?))',
    );
  }

  /**
   * Notes which images are there and which of them are in use right now. Images that are not named keep what they have:
   * an engine may be out of reach. Returns by how many ms the wall clock was set since the last call, mostly 0.
   */
  observe(imageIds: Iterable<string>, inUse: Iterable<string>): number {
    const now = this.#time.now();
    const wall = this.#time.wall();
    const used = JSON.stringify([...inUse]);
    return this.#database.transaction('cached', () => {
      this.#add.run(wall, now, JSON.stringify([...imageIds]));
      this.#add.run(wall, now, used);
      this.#use.run(wall, now, used);
      this.#time.mark();
      return this.#time.takeStep();
    });
  }

  life(imageId: string): ImageLife | undefined {
    const row = this.#one.get(imageId);
    return row === undefined ? undefined : toLife(row, this.#time.now());
  }

  /** Every image that is remembered, by its ID. */
  lives(): Map<string, ImageLife> {
    const now = this.#time.now();
    return new Map(this.#all.all().map((row) => [text(row, 'image_id'), toLife(row, now)]));
  }

  /**
   * Forgets all images but these. To be called with a complete list only, when every engine answered. An image that
   * comes back later begins anew, so that one just pulled again is not taken for one long unused.
   */
  forget(keep: Iterable<string>): number {
    return this.#database.transaction('cached', () => this.#forget.run(JSON.stringify([...keep])));
  }
}

function toLife(row: Row, now: number): ImageLife {
  const firstElapsed = integer(row, 'first_elapsed');
  const lastUsed = optionalInteger(row, 'used_wall');
  return {
    firstSeen: integer(row, 'first_wall'),
    ...(lastUsed === undefined ? {} : { lastUsed }),
    ageMs: now - firstElapsed,
    unusedMs: now - (optionalInteger(row, 'used_elapsed') ?? firstElapsed),
  };
}
