const MILLISECONDS_BETWEEN_LOOKS = 10;

/** Bytes by which the process's resident memory grew at most while `work` ran elsewhere, in a thread of its own. */
export async function peakGrowth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const looks = setInterval(look, MILLISECONDS_BETWEEN_LOOKS);
  try {
    await work();
  } finally {
    clearInterval(looks);
  }
  look();
  return peak - before;
}
