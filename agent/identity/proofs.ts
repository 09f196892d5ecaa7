import { sign, X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../platform/error-message.ts';
import type { TlsMaterial } from '../../platform/tls.ts';
import { renewalMessage, type Proof } from '../../proto/codec/enroll.ts';

/** Where the node's proofs come from; files are read anew each time. */
export interface ProofSources {
  readonly serviceAccountTokenFile?: string;
  readonly joinTokenFile?: string;
  readonly joinToken?: string;
}

/** Signed by the key of the certificate that is to be replaced. */
export function renewalProof({ cert, key }: TlsMaterial, certificateRequest: Uint8Array): Proof {
  const privateKey = createPrivateKey(key);
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    kind: 'renewal',
    certificate: new X509Certificate(cert).raw,
    signature: sign(digest, renewalMessage(certificateRequest), privateKey),
  };
}

/**
 * The proofs that can be shown now, those first that stay good. A file that cannot be read is told of, since a person has
 * set it.
 */
export async function tokenProofs(
  sources: ProofSources,
): Promise<{ readonly proofs: readonly Proof[]; readonly problems: readonly string[] }> {
  const proofs: Proof[] = [];
  const problems: string[] = [];
  async function add(kind: 'join-token' | 'service-account-token', file: string | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      const token = (await readFile(file, 'utf8')).trim();
      if (token === '') problems.push(`${file} is empty`);
      else proofs.push({ kind, token });
    } catch (error) {
      problems.push(`${file} cannot be read: ${errorMessage(error)}`);
    }
  }
  await add('service-account-token', sources.serviceAccountTokenFile);
  await add('join-token', sources.joinTokenFile);
  if (sources.joinToken !== undefined) proofs.push({ kind: 'join-token', token: sources.joinToken.trim() });
  return { proofs, problems };
}
