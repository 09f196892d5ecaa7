import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  issueCertificate,
  loadAuthority,
  newAuthority,
  type Authority,
  type CertificateRequest,
  type IssuedCertificate,
} from './certificate-authority.ts';
import { CertificateError } from './certificate-error.ts';
import { writeFileAtomically } from './write-file.ts';
import { errorMessage } from './error-message.ts';
import { isMissing } from './system-error.ts';

export { issueCertificate, type Authority, type CertificateRequest, type IssuedCertificate };

const AUTHORITY = 'ca';
const COLLECTOR = 'collector';
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;

/** A file of the set, and whether it was there before. */
export interface CertificateFile {
  readonly path: string;
  readonly outcome: 'created' | 'kept';
}

export interface AuthorityOptions {
  /** ms since the epoch; now, when absent. */
  readonly now?: number;
  /** Makes everything anew, whatever is there. */
  readonly force?: boolean;
}

export interface DevelopmentCertificates extends AuthorityOptions {
  readonly nodes: readonly string[];
  /** DNS names and IP addresses under which agents reach the collector. */
  readonly serverNames: readonly string[];
  /** How long the leaf certificates are valid; a year, when absent. */
  readonly days?: number;
}

/**
 * An authority in `ca.crt` and `ca.key` of a folder: the one that is there, else a new one.
 * Throws a CertificateError when only one of the two files is there.
 */
export async function createAuthority(dir: string, options: AuthorityOptions = {}): Promise<Authority> {
  return (await authorityIn(dir, options)).authority;
}

/**
 * Certificates to try tallyman with: `ca`, `collector` and one for every node, each a `.crt` and a `.key` of mode 0600.
 * What is there and was issued by this authority is kept, unless forced. Not for production: the authority's key lies beside them.
 */
export async function createDevelopmentCertificates(
  dir: string,
  request: DevelopmentCertificates,
): Promise<readonly CertificateFile[]> {
  const { nodes, serverNames, days = LEAF_DAYS, now = Date.now(), force = false } = request;
  for (const node of nodes) refuseReserved(node);
  const { authority, files } = await authorityIn(dir, { now, force });
  const made = [...files];
  made.push(...(await leaf(dir, COLLECTOR, authority, { serverNames, days, now }, force)));
  for (const node of new Set(nodes)) {
    made.push(...(await leaf(dir, node, authority, { node, days, now }, force)));
  }
  return made;
}

async function authorityIn(
  dir: string,
  { now = Date.now(), force = false }: AuthorityOptions,
): Promise<{ readonly authority: Authority; readonly files: readonly CertificateFile[] }> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const held = force ? undefined : await readPair(dir, AUTHORITY);
  if (held !== undefined)
    return { authority: await loadAuthority(held), files: files(dir, AUTHORITY, 'kept') };
  const authority = await newAuthority({ days: AUTHORITY_DAYS, now });
  return { authority, files: await writePair(dir, AUTHORITY, authority) };
}

async function leaf(
  dir: string,
  name: string,
  authority: Authority,
  request: CertificateRequest,
  force: boolean,
): Promise<readonly CertificateFile[]> {
  const held = force ? undefined : await readPair(dir, name);
  if (held === undefined) return writePair(dir, name, await issueCertificate(authority, request));
  if (!isIssuedBy(held.certificate, authority.certificate)) {
    throw new CertificateError(
      'mismatch',
      `${join(dir, name)}.crt was not issued by ${AUTHORITY}.crt beside it; remove it, or make all anew with --force`,
    );
  }
  return files(dir, name, 'kept');
}

function isIssuedBy(certificate: string, authority: string): boolean {
  try {
    return new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey);
  } catch {
    return false;
  }
}

/** Both files, or undefined when neither is there. */
async function readPair(dir: string, name: string): Promise<IssuedCertificate | undefined> {
  const certificate = await readIfThere(join(dir, `${name}.crt`));
  const key = await readIfThere(join(dir, `${name}.key`));
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  const missing = certificate === undefined ? `${name}.crt` : `${name}.key`;
  throw new CertificateError(
    'incomplete',
    `${join(dir, missing)} is missing beside its other half; put it back, or make all anew with --force`,
  );
}

async function writePair(
  dir: string,
  name: string,
  issued: IssuedCertificate,
): Promise<readonly CertificateFile[]> {
  await writeFileAtomically(join(dir, `${name}.key`), issued.key);
  await writeFileAtomically(join(dir, `${name}.crt`), issued.certificate);
  return files(dir, name, 'created');
}

function files(dir: string, name: string, outcome: CertificateFile['outcome']): readonly CertificateFile[] {
  return [`${name}.crt`, `${name}.key`].map((file) => ({ path: join(dir, file), outcome }));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CertificateError('unreadable', `${path} cannot be read: ${errorMessage(error)}`, error);
  }
}

function refuseReserved(node: string): void {
  if (node !== AUTHORITY && node !== COLLECTOR) return;
  throw new CertificateError(
    'bad-name',
    `a node cannot be called ${node}: its files would be those of the ${node === AUTHORITY ? 'authority' : 'collector'}`,
  );
}
