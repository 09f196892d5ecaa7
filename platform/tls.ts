import { createPrivateKey, X509Certificate } from 'node:crypto';
import { CertificateError } from './certificate-error.ts';
import { pause } from './pause.ts';
import { readBounded } from './read-file.ts';
import { sha256 } from './sha256.ts';
import { errorMessage } from './error-message.ts';

/** No certificate chain is anywhere near this. */
const LARGEST_FILE_BYTES = 1024 * 1024;

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities that the other side's certificate must come from. */
  readonly caFile: string;
}

/** `insecure`: plain text, for loopback alone and only where both sides are told so. */
export type TlsMode = { readonly kind: 'mutual'; readonly files: TlsFiles } | { readonly kind: 'insecure' };

/** As `TlsMode`, and: certificates that someone keeps renewed. `read` is as `readTls`. */
export type TlsSource = TlsMode | { readonly kind: 'renewed'; read(): Promise<TlsMaterial> };

/** What the three files held at one moment; they fit each other. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  /** ms since the epoch. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Where the certificate lies. */
  readonly origin: string;
  /** Changes whenever a byte of the files does. */
  readonly fingerprint: string;
}

/** Reads and checks the files. Throws a CertificateError that names the file. An expired certificate is not refused here. */
export async function readTls(files: TlsFiles): Promise<TlsMaterial> {
  const cert = await readPem(files.certFile);
  // One file may hold both, and may be replaced between two readings.
  const key = files.keyFile === files.certFile ? cert : await readPem(files.keyFile);
  const ca = await readPem(files.caFile);
  const certificate = parseCertificate(cert, files.certFile);
  parseCertificate(ca, files.caFile);
  if (!certificate.checkPrivateKey(parseKey(key, files.keyFile))) {
    throw new CertificateError('mismatch', `${files.keyFile} is not the key of ${files.certFile}`);
  }
  return {
    cert,
    key,
    ca,
    validFrom: Date.parse(certificate.validFrom),
    validUntil: Date.parse(certificate.validTo),
    origin: files.certFile,
    fingerprint: Buffer.from(sha256(sha256(cert), sha256(key), sha256(ca))).toString('hex'),
  };
}

export interface TlsWatch {
  /** As `readTls`. */
  read(): Promise<TlsMaterial>;
  /** What is in use; only a change from it is reported. */
  readonly current: TlsMaterial;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** What fails here is reported as below, and tried again next time. */
  onChange(material: TlsMaterial): void | Promise<void>;
  /** The files do not fit at this moment, often because they are being replaced: each reason once, while they are read again. */
  onError(error: unknown): void;
}

/**
 * Looks at the files every so often until the signal fires. Content is compared, not times: a mounted Kubernetes
 * secret changes by a swapped symlink, and is small.
 */
export async function watchTls(watch: TlsWatch): Promise<void> {
  let { fingerprint } = watch.current;
  let said: string | undefined;
  while (await pause(watch.intervalMs, watch.signal)) {
    try {
      const material = await watch.read();
      if (material.fingerprint !== fingerprint) {
        await watch.onChange(material);
        fingerprint = material.fingerprint;
      }
      said = undefined;
    } catch (error) {
      const why = errorMessage(error);
      if (why !== said) watch.onError(error);
      said = why;
    }
  }
}

/** Is this an address that plain text may be spoken on? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readBounded(path, LARGEST_FILE_BYTES);
  } catch (error) {
    const why = errorMessage(error);
    throw new CertificateError('unreadable', `${path} cannot be read: ${why}`, error);
  }
}

function parseCertificate(pem: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateError('not-a-certificate', `${path} holds no certificate in PEM`, error);
  }
}

function parseKey(pem: Buffer, path: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CertificateError('not-a-certificate', `${path} holds no private key in PEM`, error);
  }
}
