import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BUCKET_COUNT,
  bucketOf,
  equalBytes,
  HASH_BYTES,
  itemHash,
  StateTree,
} from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import { quoted, text } from '../../proto/codec/fields.ts';
import type { Limits } from '../../proto/codec/limits.ts';
import type { Response } from '../../proto/codec/session.ts';
import { decodeStateItem } from '../../proto/codec/state-item.ts';
import { WireError } from '../../proto/codec/wire-error.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import type { IncomingItem, IngestStore } from './ingest-store.ts';
import { SessionRefusal } from './session-refusal.ts';

const LONGEST_KEY_BYTES = 1024;
/** Items that are worked off at a time; then other sessions have their turn. About 10 ms of writing. */
const STEP = 100;
const ALL_BUCKETS: readonly number[] = Array.from({ length: BUCKET_COUNT }, (_, bucket) => bucket);

interface Repair {
  readonly buckets: readonly number[];
  /** Held before and still, by key; what of it was not received at the end is deleted. */
  readonly held: Map<string, Uint8Array>;
  readonly received: Set<string>;
  /** Items in the other buckets. */
  outside: number;
}

export interface StateIntakeOptions {
  readonly store: IngestStore;
  readonly node: string;
  readonly limits: Limits;
  readonly clock: () => number;
}

/** The state of one session's node: writes changes, keeps the hash tree beside them, and repairs what differs. */
export class StateIntake {
  readonly #options: StateIntakeOptions;
  #tree: StateTree;
  /** Items held, once it had to be known. */
  #count: number | undefined;
  /** The agent was told to compare and has not begun: nothing before that is answered. */
  #comparing = false;
  #repair: Repair | undefined;

  private constructor(options: StateIntakeOptions, buckets: Uint8Array) {
    this.#options = options;
    this.#tree = new StateTree(sha256, buckets);
  }

  static async load(options: StateIntakeOptions): Promise<StateIntake> {
    return new StateIntake(options, await options.store.bucketHashes(options.node));
  }

  /** Root for the welcome; empty when nothing is held. */
  root(): Uint8Array {
    return this.#tree.buckets().every((byte) => byte === 0) ? new Uint8Array() : this.#tree.root();
  }

  /** A heartbeat's root; empty ones say nothing. */
  beat(root: Uint8Array): Response[] {
    if (root.length === 0 || this.#comparing || equalBytes(root, this.#tree.root())) return [];
    return [this.#compare()];
  }

  /**
   * Writes a difference, a step at a time; what is cut off in between is mended by the next comparison. Answered when it
   * was the last part of it.
   */
  async change(message: tallyman.v1.StateChange.$Properties): Promise<Response[]> {
    const items = await this.#decode(message.upserts ?? []);
    const deletes = message.deletes ?? [];
    const keys = new Set([...items.map((item) => item.key), ...deletes]);
    if (keys.size !== items.length + deletes.length) {
      throw new WireError('mismatch', 'a state change names a key twice');
    }
    this.#repair = undefined;
    await this.#apply(items, deletes);
    return this.#settle(message.stateRoot);
  }

  /** The agent's bucket hashes: asks for the buckets that differ. */
  hashes(message: tallyman.v1.BucketHashes.$Properties): Response[] {
    const theirs = message.hashes ?? new Uint8Array();
    if (theirs.length !== BUCKET_COUNT * HASH_BYTES) {
      throw new WireError('malformed', `bucket hashes have ${BUCKET_COUNT * HASH_BYTES} bytes`);
    }
    this.#comparing = false;
    const buckets = this.#tree.differing(theirs);
    if (buckets.length === 0) return [{ stateStored: { stateRoot: this.#tree.root() } }];
    this.#repair = { buckets, held: new Map(), received: new Set(), outside: 0 };
    return [{ bucketRequest: { buckets } }];
  }

  /** Some or all of the buckets we asked for; once complete, they hold what the agent sent and nothing else. */
  async bucketState(message: tallyman.v1.BucketState.$Properties): Promise<Response[]> {
    const repair = this.#repair;
    if (!repair || repair.buckets.join() !== (message.buckets ?? []).join()) {
      throw new SessionRefusal('protocol', 'the agent sent buckets that it was not asked for');
    }
    const { store, node } = this.#options;
    if (repair.received.size === 0) {
      for (const { key, hash } of await store.bucketItems(node, repair.buckets)) repair.held.set(key, hash);
      repair.outside = (await this.#counted()) - repair.held.size;
    }
    const wanted = new Set(repair.buckets);
    const items = await this.#decode(message.items ?? []);
    const changed = [];
    for (const item of items) {
      if (!wanted.has(bucketOf(sha256, item.key)) || repair.received.has(item.key)) {
        throw new WireError('mismatch', `${quoted(item.key)} is not in these buckets, or twice`);
      }
      repair.received.add(item.key);
      const held = repair.held.get(item.key);
      if (!held || !equalBytes(held, item.hash)) changed.push(item);
    }
    this.#checkLimit(repair.outside + repair.received.size);
    const unseen = [...repair.held.keys()].filter((key) => !repair.received.has(key));
    if (!message.complete) {
      const gone = await this.#excess(unseen, changed.filter(({ key }) => !repair.held.has(key)).length);
      await this.#write(changed, gone);
      for (const key of gone) repair.held.delete(key);
      return [];
    }
    await this.#write(changed, unseen);
    this.#repair = undefined;
    await this.#rebuild(repair.buckets);
    return this.#settle(message.stateRoot);
  }

  /** Of what is held and was not received yet, as much as must go so that what was received has room. */
  async #excess(unseen: readonly string[], added: number): Promise<string[]> {
    const excess = (await this.#counted()) + added - this.#options.limits.maxItems;
    if (excess <= 0) return [];
    // Some of it may still come. Of a process nothing is lost then; an image or container would seem to have been away.
    const isProcess = (key: string): boolean => key.startsWith('process/');
    return [...unseen.filter(isProcess), ...unseen.filter((key) => !isProcess(key))].slice(0, excess);
  }

  async #apply(items: readonly IncomingItem[], deletes: readonly string[]): Promise<void> {
    if (items.length === 0 && deletes.length === 0) return;
    // Deletes do not count here: they may name what is not held.
    const most = (await this.#counted()) + items.length;
    if (most > this.#options.limits.maxItems) await this.#checkCount(items, deletes);
    await this.#write(items, deletes);
  }

  async #counted(): Promise<number> {
    const { store, node } = this.#options;
    this.#count ??= (await store.bucketItems(node, ALL_BUCKETS)).length;
    return this.#count;
  }

  async #write(items: readonly IncomingItem[], deletes: readonly string[]): Promise<void> {
    const { store, node, clock } = this.#options;
    let count = await this.#counted();
    for (let at = 0; at < Math.max(items.length, deletes.length); at += STEP) {
      if (at > 0) await nextTurn();
      const [some, others] = [items.slice(at, at + STEP), deletes.slice(at, at + STEP)];
      const gone = await store.applyState(node, some, others, clock());
      for (const { key, hash } of gone) this.#tree.toggle(bucketOf(sha256, key), hash);
      for (const { key, hash } of some) this.#tree.toggle(bucketOf(sha256, key), hash);
      count += some.length - gone.length;
      this.#count = count;
    }
  }

  /** Near the limit it matters which items are new. */
  async #checkCount(items: readonly IncomingItem[], deletes: readonly string[]): Promise<void> {
    const { store, node } = this.#options;
    const keys = new Set((await store.bucketItems(node, ALL_BUCKETS)).map((item) => item.key));
    for (const key of deletes) keys.delete(key);
    for (const { key } of items) keys.add(key);
    this.#checkLimit(keys.size);
  }

  #checkLimit(count: number): void {
    const { maxItems } = this.#options.limits;
    if (count <= maxItems) return;
    throw new SessionRefusal('limit', `${count} state items; at most ${maxItems} of a node are kept`);
  }

  /** Makes the tree's hashes of these buckets those of what the store now holds in them, whatever was wrong before. */
  async #rebuild(buckets: readonly number[]): Promise<void> {
    const { store, node } = this.#options;
    const hashes = this.#tree.buckets();
    for (const bucket of buckets) hashes.fill(0, bucket * HASH_BYTES, (bucket + 1) * HASH_BYTES);
    this.#tree = new StateTree(sha256, hashes);
    for (const { key, hash } of await store.bucketItems(node, buckets)) {
      this.#tree.toggle(bucketOf(sha256, key), hash);
    }
  }

  #settle(theirRoot: Uint8Array | null | undefined): Response[] {
    if (!theirRoot || theirRoot.length === 0 || this.#comparing) return [];
    const root = this.#tree.root();
    return equalBytes(root, theirRoot) ? [{ stateStored: { stateRoot: root } }] : [this.#compare()];
  }

  #compare(): Response {
    this.#comparing = true;
    return { stateCompare: {} };
  }

  async #decode(items: readonly tallyman.v1.StateItem.$Properties[]): Promise<IncomingItem[]> {
    const { limits } = this.#options;
    const decoded: IncomingItem[] = [];
    for (const [at, one] of items.entries()) {
      if (at > 0 && at % STEP === 0) await nextTurn();
      const key = text(one.key);
      const payload = one.payload ?? new Uint8Array();
      if (payload.length > limits.maxItemBytes || Buffer.byteLength(key) > LONGEST_KEY_BYTES) {
        throw new SessionRefusal(
          'limit',
          `state item ${quoted(key)} is larger than ${limits.maxItemBytes} bytes`,
        );
      }
      decoded.push({ key, hash: itemHash(sha256, key, payload), item: decodeStateItem(key, payload) });
    }
    return decoded;
  }
}
