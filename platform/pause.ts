/** Waits; false as soon as the signal fired. Keeps no process alive, and leaves nothing at the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(true), ms).unref();
    const stop = (): void => end(false);
    function end(hasPassed: boolean): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(hasPassed);
    }
    signal.addEventListener('abort', stop);
  });
}
