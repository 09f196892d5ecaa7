import { CertificateError } from '../../platform/certificate-error.ts';
import type { Logger } from '../../platform/logging.ts';
import { readTls, watchTls, type TlsFiles, type TlsMaterial, type TlsMode } from '../../platform/tls.ts';
import { runSession, type SessionEnd, type SessionParts } from './session.ts';
import { openStream } from './stream.ts';
import type { UplinkTiming } from './timing.ts';

export interface ConnectionOptions {
  readonly parts: SessionParts;
  readonly target: string;
  readonly tls: TlsMode;
  readonly timing: UplinkTiming;
  /** Fires when the session is to end. */
  readonly leave: AbortSignal;
  readonly clock: () => number;
  readonly logger: Logger;
  /** The certificate that is used, valid until then (ms since the epoch). */
  onCertificate(validUntil: number): void;
}

/**
 * One connection and the session on it, with the certificates as they are now; when their files change, the session
 * is left for another. Throws a CertificateError, or as `runSession` does.
 */
export async function connectOnce(options: ConnectionOptions): Promise<SessionEnd> {
  const { tls, parts, timing } = options;
  const material = tls.kind === 'mutual' ? await usable(tls.files, options) : undefined;
  const renewal = new AbortController();
  const over = new AbortController();
  const stream = openStream({
    target: options.target,
    tls: material,
    maxMessageBytes: parts.limits.maxMessageBytes,
    keepaliveMs: timing.keepaliveMs,
    keepaliveTimeoutMs: timing.keepaliveTimeoutMs,
  });
  const watching =
    tls.kind === 'mutual' && material ? watch(tls.files, material, options, renewal, over.signal) : undefined;
  try {
    return await runSession(parts, stream, AbortSignal.any([options.leave, renewal.signal]));
  } finally {
    over.abort();
    await watching;
  }
}

async function usable(files: TlsFiles, options: ConnectionOptions): Promise<TlsMaterial> {
  const material = await readTls(files);
  options.onCertificate(material.validUntil);
  if (material.validUntil > options.clock()) return material;
  const when = new Date(material.validUntil).toISOString();
  throw new CertificateError('expired', `${files.certFile} expired at ${when}; put a new one there`);
}

function watch(
  files: TlsFiles,
  current: TlsMaterial,
  { timing, logger }: ConnectionOptions,
  renewal: AbortController,
  signal: AbortSignal,
): Promise<void> {
  return watchTls({
    read: () => readTls(files),
    current,
    intervalMs: timing.credentialCheckMs,
    signal,
    onChange() {
      logger.info({}, 'certificate files changed, connecting anew');
      renewal.abort();
    },
    onError: (error) => logger.warn({ err: error }, 'certificate files are not usable'),
  });
}
