import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { loadAuthority, type Authority } from '../../platform/certificate-authority.ts';
import { CertificateError } from '../../platform/certificate-error.ts';
import { errorMessage } from '../../platform/error-message.ts';

export interface AuthorityFiles {
  /** The issuing certificate first; where it is not self-signed, those above it follow. PEM. */
  readonly certFile: string;
  /** PKCS #8, PEM. */
  readonly keyFile: string;
  /** Authorities that agents are to know the collector by. PEM. */
  readonly caFile: string;
}

/** Who issues, and what goes out beside a certificate. */
export interface EnrollmentAuthority {
  readonly signer: Authority;
  readonly certificate: X509Certificate;
  /** PEM that follows a node's certificate in its chain; empty when the issuer is self-signed. */
  readonly chain: string;
  /** PEM. */
  readonly authorities: string;
}

/** Reads the files as they are now. Throws a CertificateError that names the file. */
export async function readEnrollmentAuthority(files: AuthorityFiles): Promise<EnrollmentAuthority> {
  const [issuing, key, authorities] = await Promise.all([
    read(files.certFile),
    read(files.keyFile),
    read(files.caFile),
  ]);
  const signer = await signerOf(issuing, key, files);
  const certificate = certificateOf(issuing, files.certFile);
  certificateOf(authorities, files.caFile);
  if (!certificate.ca) {
    throw new CertificateError('mismatch', `${files.certFile} is not the certificate of an authority`);
  }
  if (!certificate.checkPrivateKey(createPrivateKey(key))) {
    throw new CertificateError('mismatch', `${files.keyFile} is not the key of ${files.certFile}`);
  }
  const isSelfSigned = certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  return { signer, certificate, chain: isSelfSigned ? '' : issuing, authorities };
}

async function signerOf(certificate: string, key: string, files: AuthorityFiles): Promise<Authority> {
  try {
    return await loadAuthority({ certificate, key });
  } catch (error) {
    throw new CertificateError(
      'not-a-certificate',
      `${files.certFile} and ${files.keyFile} must be an ECDSA P-256 certificate and its key (PKCS #8), in PEM`,
      error,
    );
  }
}

function certificateOf(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateError('not-a-certificate', `${path} holds no certificate in PEM`, error);
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CertificateError('unreadable', `${path} cannot be read: ${errorMessage(error)}`, error);
  }
}
