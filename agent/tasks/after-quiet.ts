/**
 * Answers a function that has `run` called once nothing has called that function for so long. What waits keeps no
 * process alive.
 */
export function afterQuiet(quietMs: number, run: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, quietMs).unref();
  };
}
