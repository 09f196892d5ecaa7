import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ClaimAnswer,
  ContentClaim,
  ContentLease,
  ContentRef,
  IncomingEvent,
  IncomingItem,
  IngestStore,
  PendingCommand,
  PendingPart,
  PutResult,
  SessionStart,
  SessionStarted,
  SuppliedFacts,
  Verification,
} from '../../collector/ingest/ingest-store.ts';
import type { Composition } from '../../core/composition.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import { bucketOf, StateTree } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import { encodeCommand, type Command } from '../../proto/codec/command.ts';
import { contentId } from '../../proto/codec/content.ts';

export interface MemoryNode {
  session: SessionStart | undefined;
  connected: boolean;
  heartbeats: number;
  condition: 'ok' | 'degraded';
  readonly items: Map<string, IncomingItem>;
  /** By epoch. */
  readonly events: Map<string, IncomingEvent[]>;
  readonly commands: PendingCommand[];
}

interface KeyedHash {
  readonly key: string;
  readonly hash: Uint8Array;
}

/** Keeps what sessions store in plain maps, honestly: by the contract's words, and with every call answered later. */
export class MemoryIngestStore implements IngestStore {
  readonly nodes = new Map<string, MemoryNode>();
  readonly facts = new Map<string, readonly CatalogerFacts[]>();
  readonly compositions = new Map<string, Composition>();
  /** By content, as what follows. */
  readonly leases = new Map<
    string,
    { readonly node: string; readonly token: number; readonly lapses: number }
  >();
  readonly suppliers = new Map<string, string>();
  readonly verifications = new Map<string, Verification>();
  readonly refusals: Parameters<IngestStore['recordRefusal']>[0][] = [];
  /** IDs of commands, each time that one was handed over. */
  readonly sent: string[] = [];
  /** How often each call was made. */
  readonly calls = new Map<string, number>();
  /** By node. */
  readonly revoked = new Map<string, number>();
  backlog = 0;
  /** Set to make every write fail. */
  failure: Error | undefined;
  /** Writes that succeed before all others fail. */
  failAfter = Infinity;
  /** How long each call takes, ms. */
  delayMs = 0;
  /** Awaited by the write of that name. */
  readonly gates = new Map<string, Promise<void>>();
  #lastToken = 0;

  node(name: string): MemoryNode {
    let node = this.nodes.get(name);
    if (!node) {
      node = {
        session: undefined,
        connected: false,
        heartbeats: 0,
        condition: 'ok',
        items: new Map(),
        events: new Map(),
        commands: [],
      };
      this.nodes.set(name, node);
    }
    return node;
  }

  /** Puts a command for the node, whatever the command itself says. */
  put(name: string, command: Command): void {
    this.node(name).commands.push({
      id: command.id,
      payload: encodeCommand(command),
      expiresAt: Infinity,
    });
  }

  async startSession(start: SessionStart): Promise<SessionStarted> {
    await this.#write('startSession');
    const node = this.node(start.node);
    node.session = start;
    node.connected = true;
    return 'started';
  }

  /** There is no other collector. */
  watchCommands(): void {}

  async endSession(name: string, instance: string): Promise<void> {
    await this.#write('endSession');
    const node = this.node(name);
    if (node.session?.instance === instance) node.connected = false;
  }

  async heartbeat(name: string, _at: number, condition: 'ok' | 'degraded'): Promise<void> {
    await this.#write('heartbeat');
    const node = this.node(name);
    node.heartbeats += 1;
    node.condition = condition;
  }

  async revokedBefore(name: string): Promise<number> {
    await this.#later('revokedBefore');
    return this.revoked.get(name) ?? 0;
  }

  async recordRefusal(record: Parameters<IngestStore['recordRefusal']>[0]): Promise<void> {
    await this.#write('recordRefusal');
    this.refusals.push(record);
  }

  async bucketHashes(name: string): Promise<Uint8Array> {
    await this.#later('bucketHashes');
    const tree = new StateTree(sha256);
    for (const { key, hash } of this.node(name).items.values()) tree.toggle(bucketOf(sha256, key), hash);
    return tree.buckets();
  }

  async applyState(
    name: string,
    upserts: readonly IncomingItem[],
    deletes: readonly string[],
  ): Promise<KeyedHash[]> {
    await this.#write('applyState');
    const { items } = this.node(name);
    const keys = [...upserts.map((item) => item.key), ...deletes];
    const gone = keys.flatMap((key) => items.get(key) ?? []).map(({ key, hash }) => ({ key, hash }));
    for (const key of deletes) items.delete(key);
    for (const item of upserts) items.set(item.key, item);
    return gone;
  }

  async bucketItems(name: string, buckets: readonly number[]): Promise<KeyedHash[]> {
    await this.#later('bucketItems');
    const wanted = new Set(buckets);
    return [...this.node(name).items.values()]
      .filter(({ key }) => wanted.has(bucketOf(sha256, key)))
      .map(({ key, hash }) => ({ key, hash }));
  }

  async lacking(refs: readonly ContentRef[]): Promise<ContentRef[]> {
    await this.#later('lacking');
    return refs.filter((ref) => !this.facts.has(contentId(ref)) && !this.compositions.has(contentId(ref)));
  }

  async claimContent({ node, offered, at, leaseMs, most }: ContentClaim): Promise<ClaimAnswer[]> {
    await this.#later('claimContent');
    return offered.map(({ ref, verify }) => {
      const id = contentId(ref);
      const stored = this.facts.has(id) || this.compositions.has(id);
      const due = verify && this.suppliers.get(id) !== node && !this.verifications.has(id);
      if (stored && !due) return { kind: 'held' };
      const lease = this.leases.get(id);
      const running = [...this.leases.values()].filter(({ lapses }) => lapses > at).length;
      const free = lease === undefined || lease.node === node || lease.lapses <= at;
      if (!free || running >= most) return { kind: stored ? 'held' : 'elsewhere' };
      this.#lastToken += 1;
      this.leases.set(id, { node, token: this.#lastToken, lapses: at + leaseMs });
      return { kind: 'wanted', token: this.#lastToken, verify: stored };
    });
  }

  async releaseLeases(tokens: readonly number[]): Promise<void> {
    await this.#write('releaseLeases');
    for (const [id, { token }] of this.leases) if (tokens.includes(token)) this.leases.delete(id);
  }

  async putLayerFacts(
    ref: ContentRef,
    facts: readonly CatalogerFacts[],
    _at: number,
    lease?: ContentLease,
  ): Promise<PutResult> {
    await this.#write('putLayerFacts');
    if (!this.#endLease(ref, lease)) return { stored: false, why: 'lease' };
    this.facts.set(contentId(ref), facts);
    this.suppliers.set(contentId(ref), lease?.node ?? '');
    return { stored: true };
  }

  async suppliedFacts(ref: ContentRef): Promise<SuppliedFacts[] | undefined> {
    await this.#later('suppliedFacts');
    const node = this.suppliers.get(contentId(ref)) ?? '';
    return this.facts.get(contentId(ref))?.map((facts) => ({ node, facts }));
  }

  async putVerification(verification: Verification): Promise<boolean> {
    await this.#write('putVerification');
    if (!this.#endLease(verification.ref, verification.lease)) return false;
    this.verifications.set(contentId(verification.ref), verification);
    return true;
  }

  async putComposition(
    ref: ContentRef,
    composition: Composition,
    _at: number,
    lease?: ContentLease,
  ): Promise<PutResult> {
    await this.#write('putComposition');
    const missing = composition.diffIds.filter(
      (key) => !this.facts.has(contentId({ ...ref, kind: 'layer-facts', key })),
    );
    if (missing.length > 0) return { stored: false, why: 'layers', missing };
    if (!this.#endLease(ref, lease)) return { stored: false, why: 'lease' };
    this.compositions.set(contentId(ref), composition);
    return { stored: true };
  }

  async eventsStored(name: string, epoch: string): Promise<number> {
    await this.#later('eventsStored');
    return this.node(name).events.get(epoch)?.at(-1)?.number ?? 0;
  }

  async putEvents(name: string, epoch: string, events: readonly IncomingEvent[]): Promise<number> {
    await this.#write('putEvents');
    const { events: byEpoch } = this.node(name);
    const held = byEpoch.get(epoch) ?? [];
    byEpoch.set(epoch, held);
    for (const event of events) if (event.number > (held.at(-1)?.number ?? 0)) held.push(event);
    const finished = new Set(events.map(({ commandResult }) => commandResult?.commandId));
    const { commands } = this.node(name);
    commands.splice(0, Infinity, ...commands.filter(({ id }) => !finished.has(id)));
    return held.at(-1)?.number ?? 0;
  }

  async pendingCommands(name: string, at: number, part?: PendingPart): Promise<PendingCommand[]> {
    await this.#later('pendingCommands');
    const but = new Set(part?.but);
    return this.node(name)
      .commands.filter(({ id, expiresAt }) => expiresAt > at && !but.has(id))
      .slice(0, part?.most);
  }

  #endLease(ref: ContentRef, lease: ContentLease | undefined): boolean {
    if (lease === undefined) return true;
    const held = this.leases.get(contentId(ref));
    if (held?.token !== lease.token || held.node !== lease.node) return false;
    return this.leases.delete(contentId(ref));
  }

  async commandsSent(ids: readonly string[]): Promise<void> {
    await this.#write('commandsSent');
    for (const id of ids) this.sent.push(id);
  }

  async #write(call: string): Promise<void> {
    await this.#later(call);
    await this.gates.get(call);
    this.failAfter -= 1;
    if (this.failAfter < 0) throw new Error('the store failed');
    if (this.failure) throw this.failure;
  }

  async #later(call: string): Promise<void> {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    if (this.delayMs > 0) await sleep(this.delayMs);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}
