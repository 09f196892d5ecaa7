import type { FindingRecord } from '../../../core/facts.ts';

const JKS = 0xfeedfeed;
const JCEKS = 0xcececece;
const PRIVATE_KEY_ENTRY = 1;
const CERTIFICATE_ENTRY = 2;
const MAX_ENTRIES = 10_000;

/** Object identifiers of PKCS #12's key bag and shrouded key bag, as DER has them. Source: RFC 7292, appendix D. */
const KEY_BAGS = [
  '\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01',
  '\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02',
];

/** A private key in a Java or PKCS #12 keystore: one of certificates alone is none. */
export function keystoreFinding(bytes: Uint8Array): FindingRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12) return undefined;
  const magic = view.getUint32(0);
  if (magic === JKS || magic === JCEKS) {
    const kind = magic === JKS ? 'jks' : 'jceks';
    return hasPrivateKey(view) ? { ruleId: 'private-key', kind, evidence: 'private key entry' } : undefined;
  }
  if (bytes[0] !== 0x30) return undefined;
  const der = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return KEY_BAGS.some((bag) => der.includes(bag, 0, 'latin1'))
    ? { ruleId: 'private-key', kind: 'pkcs12', evidence: 'key bag' }
    : undefined;
}

/** Walks the entries up to the first that is not a certificate's. Source: OpenJDK, sun.security.provider.JavaKeyStore. */
function hasPrivateKey(view: DataView): boolean {
  const count = Math.min(view.getUint32(8), MAX_ENTRIES);
  let at = 12;
  for (let entry = 0; entry < count && at + 6 <= view.byteLength; entry += 1) {
    const tag = view.getUint32(at);
    if (tag === PRIVATE_KEY_ENTRY) return true;
    if (tag !== CERTIFICATE_ENTRY) return false;
    at = skipText(view, at + 4) + 8;
    at = skipText(view, at);
    if (at + 4 > view.byteLength) return false;
    at += 4 + view.getUint32(at);
  }
  return false;
}

function skipText(view: DataView, at: number): number {
  return at + 2 > view.byteLength ? view.byteLength : at + 2 + view.getUint16(at);
}
