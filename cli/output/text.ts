/** `1.4 MiB`: bytes in binary units, two or three digits. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `41d`, `3h`, `12m`, `5s`: how long ago, in its largest unit. */
export function ageText(since: number | undefined, now: number): string {
  if (since === undefined || since === 0) return '-';
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `27d`, `expired`: how long until then, in its largest unit. */
export function leftText(until: number, now: number): string {
  return until <= now ? 'expired' : ageText(now, until);
}

/** The first 12 digits of a digest, without its algorithm. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** `92 deb, 18 npm`: how often each word comes, the most frequent first. */
export function countsText(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return sorted.map(([word, count]) => `${count} ${word}`).join(', ');
}

/** `1 image`, `2 images`. `what`: in the singular. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
