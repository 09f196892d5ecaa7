import type { NodeCertificate } from '../../enroll/enroll-store.ts';

/** A certificate as a row tells it. */
export interface CertificateRow extends Omit<NodeCertificate, 'joinToken'> {
  readonly id: number;
  readonly joinToken: string | null;
}

export function certificateOf(row: CertificateRow): NodeCertificate {
  const { serial, node, key, issuedAt, validUntil, proof, joinToken } = row;
  return { serial, node, key, issuedAt, validUntil, proof, ...(joinToken !== null && { joinToken }) };
}
