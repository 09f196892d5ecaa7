import { contentId } from '../../proto/codec/content.ts';
import type { ContentClaim } from '../ingest/ingest-store.ts';

/** Layers and compositions of far more images than a fleet has; 15 MiB. */
const MOST = 100_000;

type Offered = ContentClaim['offered'][number];

/**
 * Content that is known to be stored, and of which nothing is asked of anybody: each node of the fleet offers it once.
 * Whoever marks content as unused clears this before any of it is removed.
 */
export class HeldContent {
  readonly #ids = new Set<string>();

  has(offered: Offered): boolean {
    return this.#ids.has(idOf(offered));
  }

  add(offered: Offered): void {
    if (this.#ids.size >= MOST) this.#ids.clear();
    this.#ids.add(idOf(offered));
  }

  clear(): void {
    this.#ids.clear();
  }
}

/** What shall be verified is another matter than what need only be stored. */
function idOf({ ref, verify }: Offered): string {
  return verify ? `${contentId(ref)} verified` : contentId(ref);
}
