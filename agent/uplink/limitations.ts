import type { ContentName } from '../../proto/codec/content.ts';
import type { LeftOut } from './state-snapshot.ts';

/** More sentences would help nobody, and they go with the host, which must not grow too large itself. */
const MOST_TOLD = 20;

/** What of this node cannot reach the collector, as long as the node has it. */
export class Limitations {
  readonly #unfit = new Map<string, string>();

  /** No session can carry that. */
  contentUnfit(name: ContentName, why: string): void {
    this.#unfit.set(idOf(name), contentSentence(name, why));
  }

  /** All content that the node has. */
  contentNamed(names: readonly ContentName[]): void {
    if (this.#unfit.size === 0) return;
    const named = new Set(names.map(idOf));
    for (const id of this.#unfit.keys()) if (!named.has(id)) this.#unfit.delete(id);
  }

  /** Sentences. `leftOut`: items of the state that do not fit. */
  told(leftOut: readonly LeftOut[]): readonly string[] {
    const all = [...leftOut.map(itemSentence), ...this.#unfit.values()];
    if (all.length <= MOST_TOLD) return all;
    const told = all.slice(0, MOST_TOLD - 1);
    return [...told, `${all.length - told.length} more things are not reported; the agent's log names each.`];
  }
}

export function itemSentence({ key, why }: LeftOut): string {
  return `${key} is not reported: ${why}.`;
}

export function contentSentence({ key }: ContentName, why: string): string {
  return `The packages of ${key} are not reported: ${why}.`;
}

function idOf({ kind, key }: ContentName): string {
  return `${kind} ${key}`;
}
