import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateError } from '../../platform/certificate-error.ts';
import { newPrivateKey } from '../../platform/certificate-request.ts';
import { readTls, type TlsFiles, type TlsMaterial } from '../../platform/tls.ts';
import { writeFileAtomically } from '../../platform/write-file.ts';
import { isMissing } from '../../platform/system-error.ts';

/**
 * What the node keeps of its identity, in a folder of its own (mode 0700, files 0600). Key and certificate are one file, so
 * that no crash leaves one without the other.
 */
export class IdentityFiles {
  readonly #dir: string;
  readonly #files: TlsFiles;

  /** `caFile`: where the operator says which authorities to trust, in place of those that came with the certificate. */
  constructor(dir: string, caFile?: string) {
    this.#dir = dir;
    const node = join(dir, 'node.pem');
    this.#files = { certFile: node, keyFile: node, caFile: caFile ?? join(dir, 'ca.crt') };
  }

  /** Undefined when the node has none yet. Throws a CertificateError for files that are not right. */
  read(): Promise<TlsMaterial | undefined> {
    return readTlsIfThere(this.#files);
  }

  /** Authorities that came with the last certificate, PEM; undefined when there was none. */
  async authorities(): Promise<Buffer | undefined> {
    return readIfThere(join(this.#dir, 'ca.crt'));
  }

  /** Replaces what was there, and forgets the key that was kept for this. */
  async write(key: string, certificateChain: string, authorities: string): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await writeFileAtomically(join(this.#dir, 'ca.crt'), authorities);
    await writeFileAtomically(this.#files.certFile, `${key}${certificateChain}`);
    await rm(this.#nextKey(), { force: true });
  }

  /**
   * The key for the next certificate, PEM. Kept until there is one, so that an answer which was lost can be asked for again:
   * a join token is not used up twice by the same key.
   */
  async nextKey(): Promise<string> {
    const kept = (await readIfThere(this.#nextKey()))?.toString('utf8');
    if (kept !== undefined && isPrivateKey(kept) && !(await this.#isInUse(kept))) return kept;
    const key = newPrivateKey();
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await writeFileAtomically(this.#nextKey(), key);
    return key;
  }

  async #isInUse(key: string): Promise<boolean> {
    try {
      const current = await readFile(this.#files.certFile);
      return new X509Certificate(current).publicKey.equals(createPublicKey(key));
    } catch {
      return false;
    }
  }

  #nextKey(): string {
    return join(this.#dir, 'next.key');
  }
}

/** As `readTls`; undefined when one of the files is not there. */
export async function readTlsIfThere(files: TlsFiles): Promise<TlsMaterial | undefined> {
  try {
    return await readTls(files);
  } catch (error) {
    if (error instanceof CertificateError && isMissing(error.cause)) return undefined;
    throw error;
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ec';
  } catch {
    return false;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
