import { readContent, type Content, type Shape } from './content.ts';

interface Recent {
  readonly shape: Shape;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Whole contents of members that have passed, for hard links that come soon after; most do, being neighbors by name. */
export interface RecentContents {
  /** Copies the content, unless parts of it are missing or it is too large to be kept. */
  keep(content: Content): void;
  find(member: number): Recent | undefined;
  drop(): void;
}

/** `cap`: bytes in all; one content may have a quarter of it. The oldest give way. */
export function recentContents(cap: number): RecentContents {
  const contents = new Map<number, Recent>();
  let used = 0;

  function dropOldest(): void {
    for (const [member, { bytes }] of contents) {
      contents.delete(member);
      used -= bytes.length;
      // By hand, for what is freed here is soon wanted again.
      bytes.buffer.transfer(0);
      return;
    }
  }

  return {
    keep(content) {
      const { shape, member } = content;
      const isWhole =
        shape !== undefined &&
        content.pieces.some((piece) => piece.offset === 0 && piece.bytes.length >= shape.size);
      if (!isWhole || shape.size > cap / 4 || contents.has(member)) return;
      const bytes = new Uint8Array(readContent(content, 0, shape.size));
      contents.set(member, { shape, bytes });
      used += bytes.length;
      while (used > cap) dropOldest();
    },
    find: (member) => contents.get(member),
    drop() {
      while (contents.size > 0) dropOldest();
    },
  };
}
