import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { CertificateError } from './certificate-error.ts';
import { isNodeName, nodeUri } from './node-identity.ts';

const DAY_MS = 86_400_000;
/** ECDSA rather than RSA: a fleet that reconnects at once is paid for in handshakes. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Nodes whose clocks are a little behind accept a certificate made just now. */
const BACKDATE_MS = 300_000;
/** RFC 5280, appendix A.1, ub-common-name. */
const LONGEST_COMMON_NAME = 64;

/** A certificate and its private key (PKCS #8), both PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Who issues. Loaded from PEM by `loadAuthority`, or new. */
export interface Authority extends IssuedCertificate {
  readonly parsed: x509.X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

export type CertificateRequest = {
  readonly days: number;
  /** ms since the epoch. */
  readonly now: number;
} & (
  | { /** The client certificate of a node. */ readonly node: string }
  | {
      /** A server certificate for these DNS names and IP addresses. */ readonly serverNames: readonly string[];
    }
);

/** A new authority that signs leaf certificates only. */
export async function newAuthority(options: {
  readonly days: number;
  readonly now: number;
}): Promise<Authority> {
  const keys = await generateKeys();
  const parsed = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject('tallyman authority'),
    ...validity(options),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: certificatePem(parsed),
    key: await keyPem(keys.privateKey),
    parsed,
    signingKey: keys.privateKey,
  };
}

/** Throws a CertificateError when either is not what it should be. */
export async function loadAuthority(pem: IssuedCertificate): Promise<Authority> {
  try {
    const der = x509.PemConverter.decodeFirst(pem.key);
    const signingKey = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
    return { ...pem, parsed: new x509.X509Certificate(pem.certificate), signingKey };
  } catch (error) {
    throw new CertificateError(
      'not-a-certificate',
      'the authority is not an ECDSA P-256 certificate and key in PEM; make new ones with --force',
      error,
    );
  }
}

/** Issues a certificate: for a node with its name as a URI, or for a server with its names. Extensions by RFC 5280. */
export async function issueCertificate(
  authority: Authority,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const purpose = 'node' in request ? nodePurpose(request.node) : serverPurpose(request.serverNames);
  const keys = await generateKeys();
  const certificate = await certify(authority, purpose, { ...validity(request), publicKey: keys.publicKey });
  return { certificate: certificatePem(certificate), key: await keyPem(keys.privateKey) };
}

/** A certificate for a key that the node made and keeps. */
export interface NodeCertification {
  readonly node: string;
  readonly publicKey: x509.PublicKey;
  /** ms since the epoch. Certificates have whole seconds, so both are cut down to these. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Certifies a node's key. Throws a CertificateError for a name that cannot be one. */
export async function certifyNode(
  authority: Authority,
  { node, publicKey, notBefore, notAfter }: NodeCertification,
): Promise<{ readonly certificate: string; readonly serial: string; readonly validUntil: number }> {
  const certificate = await certify(authority, nodePurpose(node), {
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey,
  });
  return {
    certificate: certificatePem(certificate),
    serial: certificate.serialNumber,
    validUntil: certificate.notAfter.getTime(),
  };
}

async function certify(
  authority: Authority,
  purpose: Purpose,
  subjectKey: {
    readonly notBefore: Date;
    readonly notAfter: Date;
    readonly publicKey: x509.PublicKey | webcrypto.CryptoKey;
  },
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject(purpose.commonName),
    issuer: authority.parsed.subjectName,
    ...subjectKey,
    signingKey: authority.signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([purpose.usage]),
      new x509.SubjectAlternativeNameExtension([...purpose.names]),
      await x509.SubjectKeyIdentifierExtension.create(subjectKey.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.parsed),
    ],
  });
}

interface Purpose {
  readonly commonName: string;
  readonly usage: x509.ExtendedKeyUsage;
  readonly names: readonly x509.JsonGeneralName[];
}

function nodePurpose(node: string): Purpose {
  if (!isNodeName(node)) {
    throw new CertificateError(
      'bad-name',
      `${JSON.stringify(node)} cannot name a node: use letters, digits, ".", "-" and "_", at most 253 of them`,
    );
  }
  return {
    commonName: node,
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: [{ type: 'url', value: nodeUri(node) }],
  };
}

function serverPurpose(serverNames: readonly string[]): Purpose {
  const [first] = serverNames;
  if (first === undefined) {
    throw new CertificateError(
      'bad-name',
      'a server certificate needs the name or address that agents connect to',
    );
  }
  return {
    commonName: first,
    usage: x509.ExtendedKeyUsage.serverAuth,
    names: serverNames.map(serverName),
  };
}

function serverName(name: string): x509.JsonGeneralName {
  if (isIP(name) !== 0) return { type: 'ip', value: name };
  if (/^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i.test(name)) return { type: 'dns', value: name };
  throw new CertificateError('bad-name', `${JSON.stringify(name)} is neither a DNS name nor an IP address`);
}

function subject(commonName: string): x509.JsonName {
  const organization = { O: ['tallyman'] };
  // The name that counts is the alternative one; a common name may not be that long.
  return commonName.length > LONGEST_COMMON_NAME ? [organization] : [organization, { CN: [commonName] }];
}

function validity({ days, now }: { readonly days: number; readonly now: number }): {
  readonly notBefore: Date;
  readonly notAfter: Date;
} {
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

/** 16 random bytes, positive and never of leading zero. RFC 5280, 4.1.2.2. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Ends with a line break, so that files can be put one behind the other. */
function certificatePem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
