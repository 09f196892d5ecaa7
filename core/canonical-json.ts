/** JSON with keys in order and nothing undefined: equal values give equal texts, whoever made them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value));
}

/** Made before it is written: a replacer, called for each value, takes twice as long. */
function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const entry of entries) entry[1] = ordered(entry[1]);
  return Object.fromEntries(entries);
}
