/** A number for a column of whole numbers: whole, and small enough to be read back exactly. */
export function whole(value: number): number {
  const bound = Number.MAX_SAFE_INTEGER;
  return Number.isNaN(value) ? 0 : Math.min(bound, Math.max(-bound, Math.trunc(value)));
}
