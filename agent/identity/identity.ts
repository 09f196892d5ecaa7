import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Backoff } from '../../platform/backoff.ts';
import { CertificateError } from '../../platform/certificate-error.ts';
import { certificateRequest } from '../../platform/certificate-request.ts';
import { errorMessage } from '../../platform/error-message.ts';
import type { Logger } from '../../platform/logging.ts';
import { peerIdentity } from '../../platform/node-identity.ts';
import { pause } from '../../platform/pause.ts';
import type { HostPort } from '../../platform/setting-values.ts';
import type { TlsFiles, TlsMaterial } from '../../platform/tls.ts';
import type { EnrollmentAnswer, Proof } from '../../proto/codec/enroll.ts';
import { requestCertificate } from './enroll-client.ts';
import { IdentityError } from './identity-error.ts';
import { IdentityFiles, readTlsIfThere } from './identity-files.ts';
import { renewalProof, tokenProofs, type ProofSources } from './proofs.ts';
import { nextStep } from './renewal-time.ts';

export interface IdentityTiming {
  /** Waits between attempts, ms, growing from the first to the second. */
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

/** A clock that stays wrong: so often there is a certificate more, ms. */
const CLOCK_CAP_MS = 600_000;

const DEFAULT_TIMING: IdentityTiming = { backoffBaseMs: 1_000, backoffCapMs: 60_000 };

export interface IdentityOptions {
  readonly node: string;
  /** Where certificates are issued. */
  readonly address: HostPort;
  /** Authority that this address must be signed by, beside those that came with an earlier certificate. */
  readonly enrollCaFile?: string;
  /** Where key and certificate are kept. */
  readonly dir: string;
  /** Authority that the collector must be signed by; those that come with the certificate when absent. */
  readonly caFile?: string;
  /** A certificate that the operator gave, used and renewed as long as it is good and there is none of our own. */
  readonly given?: TlsFiles;
  readonly proofs: ProofSources;
  readonly timing?: IdentityTiming;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The node's certificate: had, kept and renewed. */
export interface Identity {
  /** As it is now. Throws a CertificateError that says what is to be done when there is none that is good. */
  read(): Promise<TlsMaterial>;
  /** Resolves when there is a certificate that is good. Rejects when the signal fires. */
  ready(): Promise<void>;
  /** What a person should know: why there is no certificate, or not a new one. */
  problem(): string | undefined;
  /** Resolves when nothing is under way any more, after the signal has fired. */
  readonly ended: Promise<void>;
}

/** Begins to look after the node's certificate, until the signal fires. */
export function keepIdentity(options: IdentityOptions, signal: AbortSignal): Identity {
  return new KeptIdentity(options, signal);
}

class KeptIdentity implements Identity {
  readonly ended: Promise<void>;
  readonly #options: IdentityOptions;
  readonly #timing: IdentityTiming;
  readonly #signal: AbortSignal;
  readonly #files: IdentityFiles;
  readonly #backoff: Backoff;
  /** Each of these tries costs a certificate, which works for nothing as long as the clock is wrong. */
  readonly #clockBackoff: Backoff;
  readonly #good = Promise.withResolvers<void>();
  #problem: string | undefined;
  #jitter: number;

  constructor(options: IdentityOptions, signal: AbortSignal) {
    this.#timing = options.timing ?? DEFAULT_TIMING;
    const { backoffBaseMs: baseMs, backoffCapMs: capMs } = this.#timing;
    this.#options = options;
    this.#signal = signal;
    this.#files = new IdentityFiles(options.dir, options.caFile);
    this.#backoff = new Backoff({ baseMs, capMs, random: options.random });
    this.#clockBackoff = new Backoff({
      baseMs: capMs,
      capMs: Math.max(capMs, CLOCK_CAP_MS),
      random: options.random,
    });
    this.#jitter = options.random();
    signal.addEventListener('abort', () => this.#good.reject(signal.reason), { once: true });
    // Not everyone waits for it.
    this.#good.promise.catch(() => undefined);
    this.ended = this.#run();
  }

  ready(): Promise<void> {
    return this.#good.promise;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async read(): Promise<TlsMaterial> {
    const material = await this.#current();
    if (material !== undefined) return material;
    const why = this.#problem ?? 'it is being asked for';
    throw new CertificateError('incomplete', `this node has no certificate that is good: ${why}`);
  }

  /** Our own, or the one that was given; undefined when neither is good today. */
  async #current(): Promise<TlsMaterial | undefined> {
    const now = this.#options.clock();
    const own = await this.#files.read();
    if (own !== undefined && own.validUntil > now) return own;
    if (this.#options.given === undefined) return undefined;
    const given = await readTlsIfThere(this.#options.given);
    return given !== undefined && given.validUntil > now ? given : undefined;
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) await pause(await this.#step(), this.#signal);
  }

  /** Does what is to be done now; how long until the next look, ms. */
  async #step(): Promise<number> {
    try {
      const { clock } = this.#options;
      const current = await this.#currentOrUnusable();
      if (current !== undefined) this.#good.resolve();
      const step = nextStep(current, clock(), this.#jitter);
      if (step.kind === 'wait') {
        this.#problem = undefined;
        return step.ms;
      }
      await this.#renew(step.kind === 'renew' ? current : undefined);
      this.#problem = undefined;
      this.#jitter = this.#options.random();
      this.#backoff.reset();
      this.#clockBackoff.reset();
      return step.kind === 'renew' ? await this.#restAfterRenewal() : 0;
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** How long a certificate is left alone that is due as it comes, by a clock that is ahead or an authority about to expire, ms. */
  async #restAfterRenewal(): Promise<number> {
    const now = this.#options.clock();
    const current = await this.#current();
    if (current === undefined || nextStep(current, now, this.#jitter).kind === 'wait') return 0;
    return Math.min(this.#timing.backoffCapMs, (current.validUntil - now) / 2);
  }

  /** Files that are not right are as good as none: another certificate takes their place. */
  async #currentOrUnusable(): Promise<TlsMaterial | undefined> {
    try {
      return await this.#current();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'certificate files are not usable');
      return undefined;
    }
  }

  /** A new certificate by the first proof that is accepted. Throws what the last one was answered with. */
  async #renew(current: TlsMaterial | undefined): Promise<void> {
    const request = certificateRequest(await this.#files.nextKey());
    const { proofs, problems } = await tokenProofs(this.#options.proofs);
    const shown: Proof[] = current === undefined ? [] : [renewalProof(current, request.der)];
    shown.push(...proofs);
    if (shown.length === 0) throw noProof(this.#options.node, problems);
    const address = { address: this.#options.address, authorities: await this.#authorities() };
    let refused: unknown;
    for (const proof of shown) {
      const { node } = this.#options;
      try {
        const asked = { node, certificateRequest: request.der, proof };
        const answer = await requestCertificate(address, asked, this.#signal);
        await this.#take(request.key, answer, proof);
        return;
      } catch (error) {
        // One that is not accepted may be an old one; the others are asked for nothing when nobody answers.
        if (!(error instanceof IdentityError) || error.code !== 'refused') throw error;
        refused = error;
      }
    }
    throw refusedAll(this.#options.node, refused, problems);
  }

  async #take(key: string, answer: EnrollmentAnswer, proof: Proof): Promise<void> {
    const { node, clock, logger } = this.#options;
    const leaf = issuedCertificate(answer.certificateChain);
    issuedCertificate(answer.authorities);
    if (peerIdentity(leaf.raw)?.node !== node || !leaf.publicKey.equals(createPublicKey(key))) {
      throw new IdentityError('unusable', 'the collector issued a certificate for another node or key');
    }
    const now = clock();
    const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
    await this.#files.write(key, answer.certificateChain, answer.authorities);
    logger.info({ proof: proof.kind, until: new Date(until).toISOString() }, 'certificate received');
    if (until <= now) throw wrongClock('ahead of', until, now);
    if (from > now) throw wrongClock('behind', from, now);
  }

  async #authorities(): Promise<Buffer> {
    const { enrollCaFile } = this.#options;
    const received = await this.#files.authorities();
    const told = enrollCaFile === undefined ? undefined : await readFile(enrollCaFile);
    return Buffer.concat([told, Buffer.from('\n'), received].filter((part) => part !== undefined));
  }

  #failed(error: unknown): number {
    if (this.#signal.aborted) return 0;
    const said = errorMessage(error);
    if (said !== this.#problem) this.#options.logger.warn({ err: error }, 'this node gets no certificate');
    this.#problem = said;
    if (error instanceof IdentityError && error.code === 'clock') return this.#clockBackoff.next();
    // Where only a person can help, the slowest pace notices that one did.
    const needsPerson = error instanceof IdentityError && error.code !== 'unreachable';
    return needsPerson
      ? this.#timing.backoffCapMs * (0.5 + this.#options.random() / 2)
      : this.#backoff.next();
  }
}

/** The first of some certificates in PEM. */
function issuedCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new IdentityError('unusable', 'what the collector issued is no certificate', error);
  }
}

function noProof(node: string, problems: readonly string[]): IdentityError {
  const found = problems.length === 0 ? '' : ` (${problems.join('; ')})`;
  return new IdentityError('no-proof', `there is nothing to get a certificate with${found}; ${advice(node)}`);
}

function refusedAll(node: string, refused: unknown, problems: readonly string[]): IdentityError {
  const found = problems.map((problem) => `; ${problem}`).join('');
  return new IdentityError('refused', `${errorMessage(refused)}${found}; ${advice(node)}`, refused);
}

function advice(node: string): string {
  return `make a token with 'tallyman enroll token create --node ${node}' and put it into join-token-file`;
}

function wrongClock(how: 'ahead of' | 'behind', limit: number, now: number): IdentityError {
  const [at, here] = [limit, now].map((time) => new Date(time).toISOString());
  const words = how === 'behind' ? 'begins' : 'ended';
  return new IdentityError(
    'clock',
    `this node's clock is ${how} the collector's: the certificate just issued ${words} at ${at} and it is ${here} here; set the clock right`,
  );
}
