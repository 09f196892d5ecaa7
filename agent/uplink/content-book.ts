import { fullJitter } from '../../platform/backoff.ts';
import type { ContentName } from '../../proto/codec/content.ts';

const RETRY = { baseMs: 5_000, capMs: 600_000 } as const;

export interface ContentBookOptions {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly random: () => number;
  /** Most names kept; more are not taken. */
  readonly capacity: number;
}

interface Line {
  readonly name: ContentName;
  /** `open`: in an offer or on its way. `unfit`: can never be sent by this agent. */
  standing: 'fresh' | 'open' | 'held' | 'later' | 'unfit';
  /** When to offer again, for `later`. */
  at: number;
  attempts: number;
  /** False: the node has it no more, and the line goes as soon as it is not open. */
  named: boolean;
}

/**
 * Which content this node could supply, and what the collector said to it. Lives as long as the agent; a line lives as long as
 * the node names its content.
 */
export class ContentBook {
  readonly #options: ContentBookOptions;
  readonly #lines = new Map<string, Line>();
  /** Those to offer, so that nothing is searched while nothing is due. Layers go first: compositions need them. */
  readonly #waiting = { 'layer-facts': new Set<Line>(), composition: new Set<Line>() };

  constructor(options: ContentBookOptions) {
    this.#options = options;
  }

  /** All that this node could supply now; what is not among it is forgotten. How many names did not fit. */
  set(names: readonly ContentName[]): number {
    const current = new Map(names.map(({ kind, key }) => [idOf({ kind, key }), { kind, key }]));
    for (const [id, line] of this.#lines) {
      line.named = current.has(id);
      if (!line.named && line.standing !== 'open') this.#drop(line);
    }
    let dropped = 0;
    for (const [id, name] of current) {
      if (this.#lines.has(id)) continue;
      if (this.#lines.size >= this.#options.capacity) {
        dropped += 1;
        continue;
      }
      const line: Line = { name, standing: 'fresh', at: 0, attempts: 0, named: true };
      this.#lines.set(id, line);
      this.#wait(line);
    }
    return dropped;
  }

  /** The node could supply it now. */
  has(name: ContentName): boolean {
    return this.#lines.has(idOf(name));
  }

  /** What to offer now, at most so many. */
  due(most: number): ContentName[] {
    const now = this.#options.now();
    const names: ContentName[] = [];
    for (const lines of [this.#waiting['layer-facts'], this.#waiting.composition]) {
      for (const line of lines) {
        if (names.length === most) return names;
        if (line.at <= now) names.push(line.name);
      }
    }
    return names;
  }

  /** ms until something is due; undefined when nothing waits. */
  dueIn(): number | undefined {
    let earliest: number | undefined;
    for (const lines of Object.values(this.#waiting)) {
      for (const { at } of lines) if (earliest === undefined || at < earliest) earliest = at;
    }
    return earliest === undefined ? undefined : Math.max(0, earliest - this.#options.now());
  }

  offered(names: readonly ContentName[]): void {
    for (const name of names) this.#move(name, 'open');
  }

  held(name: ContentName): void {
    const line = this.#move(name, 'held');
    if (line) line.attempts = 0;
  }

  unfit(name: ContentName): void {
    this.#move(name, 'unfit');
  }

  /**
   * Other nodes are at these. All are offered again together, and nodes spread over the wait and half as much again, so that
   * not all ask at once.
   */
  elsewhere(names: Iterable<ContentName>, afterMs: number): void {
    const { now, random } = this.#options;
    const at = now() + afterMs * (1 + random() / 2);
    for (const name of names) this.#later(name, at);
  }

  /** It was refused, or could not be made: again, at growing intervals. */
  failed(name: ContentName): void {
    const line = this.#lines.get(idOf(name));
    if (!line || line.standing === 'unfit') return;
    const { now, random } = this.#options;
    this.#later(name, now() + RETRY.baseMs + fullJitter(line.attempts, { ...RETRY, random }));
    line.attempts += 1;
  }

  /** The session is over: what was under way is offered anew. */
  reopen(): void {
    for (const line of this.#lines.values()) {
      if (line.standing !== 'open') continue;
      if (line.named) this.#fresh(line);
      else this.#drop(line);
    }
  }

  /** The collector is not as we left it: what it held, it may have lost. */
  forgetHeld(): void {
    for (const line of this.#lines.values()) if (line.standing === 'held') this.#fresh(line);
  }

  #later(name: ContentName, at: number): void {
    const line = this.#move(name, 'later');
    if (!line) return;
    line.at = at;
    this.#wait(line);
  }

  #fresh(line: Line): void {
    line.standing = 'fresh';
    line.at = 0;
    this.#wait(line);
  }

  #move(name: ContentName, standing: Line['standing']): Line | undefined {
    const line = this.#lines.get(idOf(name));
    if (!line) return undefined;
    line.standing = standing;
    this.#waiting[line.name.kind].delete(line);
    if (line.named || standing === 'open') return line;
    this.#drop(line);
    return undefined;
  }

  #drop(line: Line): void {
    this.#lines.delete(idOf(line.name));
    this.#waiting[line.name.kind].delete(line);
  }

  #wait(line: Line): void {
    this.#waiting[line.name.kind].add(line);
  }
}

function idOf({ kind, key }: ContentName): string {
  return `${kind} ${key}`;
}
