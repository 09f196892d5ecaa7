import { withDeadline } from '../platform/deadline.ts';
import { errorMessage } from '../platform/error-message.ts';
import type { Readiness } from '../platform/metrics-server.ts';
import type { TlsMaterial } from '../platform/tls.ts';
import type { Store } from './store/store.ts';

/** Longest wait for the store, ms: a probe waits no longer either. */
const CHECK_MS = 5000;

/** The collector's own certificate, as far as readiness goes. */
type OwnCertificate = Pick<TlsMaterial, 'validFrom' | 'validUntil' | 'origin'>;

export interface CollectorReadinessOptions {
  readonly store: Pick<Store, 'check'>;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Fires when the collector closes. */
  readonly closing: AbortSignal;
}

/** Whether agents and people can be served. However many ask at once, the store is asked once. */
export class CollectorReadiness {
  readonly #options: CollectorReadinessOptions;
  #certificate: OwnCertificate | undefined;
  #checking: Promise<void> | undefined;

  constructor(options: CollectorReadinessOptions) {
    this.#options = options;
  }

  /** This certificate is shown to agents from now on. */
  taken(certificate: OwnCertificate): void {
    this.#certificate = certificate;
  }

  /** How long the collector's certificate is still valid, ms, below 0 when it is not; undefined in plain text. */
  certificateLeftMs(): number | undefined {
    return this.#certificate && this.#certificate.validUntil - this.#options.clock();
  }

  /** Never rejects. */
  async read(): Promise<Readiness> {
    const reasons = [
      ...(this.#options.closing.aborted ? ['the collector is closing'] : []),
      ...this.#certificateFaults(),
    ];
    try {
      await this.#checkStore();
    } catch (error) {
      reasons.push(errorMessage(error));
    }
    return { ready: reasons.length === 0, reasons };
  }

  #checkStore(): Promise<void> {
    this.#checking ??= withDeadline(
      this.#options.store.check(),
      CHECK_MS,
      'the check of the database',
    ).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  #certificateFaults(): readonly string[] {
    if (this.#certificate === undefined) return [];
    const { validFrom, validUntil, origin } = this.#certificate;
    const now = this.#options.clock();
    if (validUntil <= now)
      return [
        `the certificate in ${origin} expired at ${dateText(validUntil)}, and no agent can connect; put a new one there, which is taken up within 30 seconds`,
      ];
    if (validFrom > now)
      return [
        `the certificate in ${origin} is valid only from ${dateText(validFrom)}, and no agent can connect; set this machine's clock, or put another one there`,
      ];
    return [];
  }
}

function dateText(at: number): string {
  return new Date(at).toISOString();
}
