/** Says on stderr that a list was cut. `next`: where it goes on, when it does. */
export function sayMore(next: string | undefined, limit: number): void {
  if (next !== undefined) process.stderr.write(`tallyman: there are more than ${limit}; raise --limit\n`);
}
