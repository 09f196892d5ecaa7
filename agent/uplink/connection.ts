import { CertificateError } from '../../platform/certificate-error.ts';
import type { Logger } from '../../platform/logging.ts';
import { readTls, watchTls, type TlsMaterial, type TlsSource } from '../../platform/tls.ts';
import { greet, runSession, type SessionEnd, type SessionParts, type WelcomedStream } from './session.ts';
import { openStream } from './stream.ts';
import type { UplinkTiming } from './timing.ts';
import { UplinkError } from './uplink-error.ts';

export interface ConnectionOptions {
  readonly parts: SessionParts;
  readonly target: string;
  readonly tls: TlsSource;
  readonly timing: UplinkTiming;
  /** Fires when the session is to end. */
  readonly leave: AbortSignal;
  readonly clock: () => number;
  readonly logger: Logger;
  /** The certificate that is used, valid until then (ms since the epoch). */
  onCertificate(validUntil: number): void;
}

interface Opened {
  /** Undefined in plain text. */
  readonly material: TlsMaterial | undefined;
  readonly welcomed: WelcomedStream;
}

/**
 * Connects with the certificates as they are now and runs sessions until one ends for good. When the certificates
 * change, a second connection is made and welcomed before the first one is given up; as long as that does not
 * succeed, the first goes on. Throws a CertificateError, or as `greet` and `runSession` do.
 */
export async function connect(options: ConnectionOptions): Promise<SessionEnd> {
  const first = await open(options, await currentMaterial(options));
  if (first.kind !== 'opened') return first;
  let current: Opened = first;
  for (;;) {
    const next: Opened | SessionEnd = await runUntilSucceeded(options, current);
    if ('kind' in next) return next;
    current = next;
  }
}

/** Runs the session until it ends, or until there is one that takes its place. */
async function runUntilSucceeded(options: ConnectionOptions, current: Opened): Promise<Opened | SessionEnd> {
  const succession = new Succession(options, current.material);
  try {
    const { leave } = options;
    const end = await runSession(options.parts, current.welcomed, { leave, succeeded: succession.signal });
    return (await succession.end()) ?? end;
  } catch (error) {
    // The collector breaks off the old session once it welcomes the new one.
    const next = await succession.end();
    if (next) return next;
    throw error;
  }
}

/** Looks for new certificates while a session runs, and has another one welcomed with them. */
class Succession {
  readonly #options: ConnectionOptions;
  readonly #over = new AbortController();
  readonly #succeeded = new AbortController();
  readonly #watching: Promise<void> | undefined;
  #next: Opened | undefined;

  constructor(options: ConnectionOptions, material: TlsMaterial | undefined) {
    const { tls, timing, logger } = options;
    this.#options = options;
    if (material === undefined) return;
    this.#watching = watchTls({
      read: () => readMaterial(tls),
      current: material,
      intervalMs: timing.credentialCheckMs,
      signal: this.#over.signal,
      onChange: (changed) => this.#succeed(changed),
      onError: (error) =>
        logger.warn(
          { err: error },
          error instanceof CertificateError
            ? 'certificate files are not usable'
            : 'no session with the new certificates yet, going on with the one before',
        ),
    });
  }

  /** Fires when there is a successor. */
  get signal(): AbortSignal {
    return this.#succeeded.signal;
  }

  /** The successor, if there is one, or is about to be. */
  async end(): Promise<Opened | undefined> {
    this.#over.abort();
    await this.#watching;
    if (!this.#options.leave.aborted) return this.#next;
    this.#next?.welcomed.stream.close();
    return undefined;
  }

  async #succeed(material: TlsMaterial): Promise<void> {
    this.#options.logger.info({}, 'certificate files changed, connecting anew');
    const opened = await open(this.#options, usable(material, this.#options));
    if (opened.kind !== 'opened') throw new UplinkError('transport', notWelcome(opened));
    this.#next = opened;
    this.#over.abort();
    this.#succeeded.abort();
  }
}

async function open(
  options: ConnectionOptions,
  material: TlsMaterial | undefined,
): Promise<(Opened & { readonly kind: 'opened' }) | SessionEnd> {
  const { parts, timing, target, leave } = options;
  const stream = openStream({
    target,
    tls: material,
    maxMessageBytes: parts.limits.maxMessageBytes,
    keepaliveMs: timing.keepaliveMs,
    keepaliveTimeoutMs: timing.keepaliveTimeoutMs,
  });
  const answer = await greet(parts, stream, leave);
  if (answer.kind !== 'welcomed') return answer;
  if (material) options.onCertificate(material.validUntil);
  return { kind: 'opened', material, welcomed: answer };
}

async function currentMaterial(options: ConnectionOptions): Promise<TlsMaterial | undefined> {
  if (options.tls.kind === 'insecure') return undefined;
  const material = await readMaterial(options.tls);
  options.onCertificate(material.validUntil);
  return usable(material, options);
}

function readMaterial(tls: TlsSource): Promise<TlsMaterial> {
  switch (tls.kind) {
    case 'mutual':
      return readTls(tls.files);
    case 'renewed':
      return tls.read();
    case 'insecure':
      throw new CertificateError('incomplete', 'there are no certificates in plain text');
  }
}

/** Throws a CertificateError when it is not good today. */
function usable(material: TlsMaterial, { clock }: ConnectionOptions): TlsMaterial {
  const now = clock();
  const time = (at: number): string => new Date(at).toISOString();
  if (material.validUntil <= now) {
    throw new CertificateError(
      'expired',
      `${material.origin} expired at ${time(material.validUntil)}; put a new one there`,
    );
  }
  if (material.validFrom > now) {
    throw new CertificateError(
      'not-yet-valid',
      `${material.origin} is valid from ${time(material.validFrom)} and it is ${time(now)} here; set this node's clock right`,
    );
  }
  return material;
}

function notWelcome(end: SessionEnd): string {
  if (end.kind === 'refused') return `the collector refused a session with it: ${end.refusal.message}`;
  return 'the collector ended the new connection';
}
