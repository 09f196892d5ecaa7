/** What is held of a state item without looking into it. */
export interface HeldItem {
  readonly key: string;
  readonly hash: Uint8Array;
}

/** The identity behind `kind/` of a key, cut into so many parts; undefined when it is not of that form. */
export function keyParts(key: string, kind: string, count: number): string[] | undefined {
  if (!key.startsWith(`${kind}/`)) return undefined;
  const parts = key.slice(kind.length + 1).split('/');
  return parts.length === count ? parts : undefined;
}
