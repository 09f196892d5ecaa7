const OPEN = 0;
const SHUT = 1;

/** A gate before which another thread stops while it is shut. This thread opens and shuts it. */
export interface Gate {
  /** For the other thread's `passageOf`. */
  readonly shared: SharedArrayBuffer;
  readonly isOpen: boolean;
  open(): void;
  shut(): void;
  /** Milliseconds it was shut in all. */
  shutMs(): number;
  /** Aborts after `ms` during which the gate was open. `clear` calls that off. */
  timeout(ms: number): { readonly signal: AbortSignal; readonly clear: () => void };
}

/** The other thread's side of a gate. */
export interface Passage {
  /** Returns at once while the gate is open, else when it opens: nothing else happens in the thread meanwhile. */
  pass(): void;
  /** Milliseconds that `pass` took in all. */
  readonly waitedMs: number;
}

/** An open gate. `now`: milliseconds that never go back. */
export function createGate(now: () => number = () => performance.now()): Gate {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(shared);
  let earlierMs = 0;
  let shutSince: number | undefined;
  /** Timeouts that stand still with the gate. */
  const standing = new Set<() => void>();

  function shutMs(): number {
    return earlierMs + (shutSince === undefined ? 0 : now() - shutSince);
  }

  return {
    shared,
    get isOpen() {
      return shutSince === undefined;
    },
    open() {
      earlierMs = shutMs();
      shutSince = undefined;
      Atomics.store(state, 0, OPEN);
      Atomics.notify(state, 0);
      for (const goOn of [...standing]) goOn();
    },
    shut() {
      shutSince ??= now();
      Atomics.store(state, 0, SHUT);
    },
    shutMs,
    timeout(ms) {
      const late = new AbortController();
      const end = now() - shutMs() + ms;
      let timer: NodeJS.Timeout | undefined;
      function check(): void {
        standing.delete(check);
        const leftMs = end - (now() - shutMs());
        if (leftMs <= 0) late.abort(new DOMException('the time is over', 'TimeoutError'));
        else if (shutSince !== undefined) standing.add(check);
        else timer = setTimeout(check, Math.ceil(leftMs)).unref();
      }
      function clear(): void {
        clearTimeout(timer);
        standing.delete(check);
      }
      check();
      return { signal: late.signal, clear };
    },
  };
}

/** The passage through the gate that `shared` came from. */
export function passageOf(shared: SharedArrayBuffer, now: () => number = () => performance.now()): Passage {
  const state = new Int32Array(shared);
  let waitedMs = 0;
  return {
    pass() {
      if (Atomics.load(state, 0) === OPEN) return;
      const start = now();
      // Woken when the gate opens, and also when the thread is ended from outside.
      Atomics.wait(state, 0, SHUT);
      waitedMs += now() - start;
    },
    get waitedMs() {
      return waitedMs;
    },
  };
}
