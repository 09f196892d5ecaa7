import { LONGEST_TIMER_MS } from '../../platform/setting-values.ts';
import { UplinkError } from './uplink-error.ts';

/** Wakes one sleeper. A ring while nobody sleeps is not lost: the next sleep ends at once. */
export class Bell {
  #rung = false;
  #sleeper: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#sleeper?.();
  }

  /** Until rung (true), or `ms` or as many as a timer takes passed (false). Rejects when the session ends. */
  async heard(signal: AbortSignal, ms?: number): Promise<boolean> {
    if (!this.#rung && !signal.aborted) await this.#sleep(signal, ms);
    if (signal.aborted) throw new UplinkError('ended', 'the session is over');
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }

  async #sleep(signal: AbortSignal, ms: number | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#sleeper = undefined;
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(wake, Math.min(ms, LONGEST_TIMER_MS));
      signal.addEventListener('abort', wake);
      this.#sleeper = wake;
    });
  }
}
