import { contentId, type ContentRef } from '../../../proto/codec/content.ts';

/** Layers and compositions of far more images than a fleet has; 15 MiB. */
const MOST = 100_000;

/** Content that is known to be stored: each node of the fleet offers it once. Whoever removes content clears this. */
export class HeldContent {
  readonly #ids = new Set<string>();

  has(ref: ContentRef): boolean {
    return this.#ids.has(contentId(ref));
  }

  add(ref: ContentRef): void {
    if (this.#ids.size >= MOST) this.#ids.clear();
    this.#ids.add(contentId(ref));
  }

  clear(): void {
    this.#ids.clear();
  }
}
