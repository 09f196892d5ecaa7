/**
 * Fulfilled at the first SIGINT or SIGTERM, or when the process that started this one is gone.
 * A second signal ends the process at once, with the shell's code for it.
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
        asked = true;
        resolve();
      });
    }
    process.once('disconnect', resolve);
    // Listening for that must not keep a process that has nothing left to do.
    process.channel?.unref();
  });
}

/** Tells the command that started this one, if any, that it is ready, and where. */
export function sayReady(addresses: Readonly<Record<string, string>>): void {
  process.send?.(addresses);
}
