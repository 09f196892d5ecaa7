import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import { CommandStore } from './command-store.ts';
import { CompositionStore } from './composition-store.ts';
import type { Database } from './database.ts';
import { LayerStore } from './layer-store.ts';
import { MetaStore } from './meta-store.ts';
import { NodeTime } from './node-time.ts';
import { closeDatabase, openDatabase } from './open-database.ts';
import type { Recovery } from './open-database.ts';
import { Outbox } from './outbox.ts';
import type { OutboxOptions } from './outbox.ts';
import { SeenStore } from './seen-store.ts';
import type { StateError } from './state-error.ts';

export interface StateOptions {
  readonly clock: Clock;
  readonly outbox: OutboxOptions;
  /** How long to wait for another agent that still holds the file; 5 s when absent. Blocks. */
  readonly busyTimeoutMs?: number;
  /** How many commands are remembered at once; 4096 when absent. */
  readonly mostCommands?: number;
  /** Told once when the file proves damaged while it is in use: nothing can be kept any more, until it is opened anew. */
  readonly damaged?: (error: StateError) => void;
  /** Makes the epoch of a new file; a random UUID when absent. */
  readonly randomId?: () => string;
}

/** Everything the node remembers, in one file. Every method may throw a StateError. */
export interface State {
  readonly layers: LayerStore;
  readonly compositions: CompositionStore;
  readonly seen: SeenStore;
  readonly outbox: Outbox;
  readonly commands: CommandStore;
  readonly meta: MetaStore;
  /** Set when an earlier file could not be used and a new one was begun: the operator is to be told. */
  readonly recovered?: Recovery;
  /** Bytes of the file, without its write-ahead log. */
  bytes(): number;
  /** Gives space that was freed back to the file system, at most so many bytes at a time. */
  compact(maxBytes: number): void;
  /** Idempotent. */
  close(): void;
}

const PAGE_BYTES = 4096;
const MOST_COMMANDS = 4096;

/**
 * Opens `state.db` in a directory, which is made when missing. One agent at a time. A file that is damaged, foreign or
 * newer than this release is set aside, since an agent that cannot start serves nobody; `recovered` says so.
 * Throws a StateError when the place itself does not serve: no permission, read-only, full, or in use. A full disk only
 * matters to the first start: later ones need no room until there is something to write.
 */
export function openState(directory: string, options: StateOptions): State {
  const { busyTimeoutMs = 5000 } = options;
  const { built, recovered } = openDatabase(
    directory,
    { wall: options.clock.wall(), busyTimeoutMs },
    (database) => assemble(directory, database, options),
  );
  return recovered === undefined ? built : { ...built, recovered };
}

function assemble(directory: string, database: Database, options: StateOptions): State {
  const { clock, outbox, randomId = randomUUID } = options;
  const time = new NodeTime(database, clock);
  const meta = new MetaStore(database);
  let open = true;
  const state: State = {
    layers: new LayerStore(database, time),
    compositions: new CompositionStore(database, time),
    seen: new SeenStore(database, time),
    outbox: new Outbox(database, { time, meta, makeEpoch: randomId }, outbox),
    commands: new CommandStore(database, time, options.mostCommands ?? MOST_COMMANDS),
    meta,
    bytes: () => database.bytes(),
    compact(maxBytes) {
      database.execute(`PRAGMA incremental_vacuum(${Math.max(1, Math.floor(maxBytes / PAGE_BYTES))})`);
    },
    close() {
      if (!open) return;
      open = false;
      try {
        time.markIfRoom();
      } finally {
        closeDatabase(directory, database, clock.wall());
      }
    },
  };
  if (options.damaged) database.onDamage(options.damaged);
  return state;
}
