import { X509Certificate } from 'node:crypto';

const NODE_URI = 'spiffe://tallyman/node/';

/** What a node may be called: a DNS subdomain as Kubernetes wants it, with capitals and underscores let through. */
export function isNodeName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/i.test(name);
}

/** The URI that a node's certificate carries. Source: the SPIFFE-ID specification; the trust domain is `tallyman`. */
export function nodeUri(name: string): string {
  return `${NODE_URI}${name}`;
}

export interface PeerIdentity {
  readonly node: string;
  /** ms since the epoch. */
  readonly validFrom: number;
  readonly validUntil: number;
}

/**
 * Who a verified client certificate (DER) speaks for: the node in its URI, else, where it has no SPIFFE URI at all,
 * its common name. Undefined when it names no node, or more than one.
 */
export function peerIdentity(certificate: Uint8Array): PeerIdentity | undefined {
  const parsed = new X509Certificate(certificate);
  const uris = subjectAlternativeNames(parsed.subjectAltName ?? '')
    .filter((name) => name.type === 'URI' && name.value.startsWith('spiffe://'))
    .map((name) => name.value);
  if (uris.length > 1) return undefined;
  const [uri] = uris;
  const node = uri === undefined ? commonName(parsed.subject) : nodeOfUri(uri);
  if (node === undefined || !isNodeName(node)) return undefined;
  return { node, validFrom: Date.parse(parsed.validFrom), validUntil: Date.parse(parsed.validTo) };
}

function nodeOfUri(uri: string): string | undefined {
  return uri.startsWith(NODE_URI) ? uri.slice(NODE_URI.length) : undefined;
}

function commonName(subject: string): string | undefined {
  const names = subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? names[0]?.slice('CN='.length) : undefined;
}

/**
 * Splits Node's text form, `TYPE:value, TYPE:value`. A value with a comma or quote in it stands there as a
 * JSON string, so that it cannot pass for two names. Source: nodejs.org, CVE-2021-44532.
 */
function subjectAlternativeNames(text: string): { readonly type: string; readonly value: string }[] {
  const names = [];
  for (const match of text.matchAll(/([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/gy)) {
    const [, type = '', quoted, plain = ''] = match;
    const value: unknown = quoted === undefined ? plain : JSON.parse(quoted);
    names.push({ type, value: String(value) });
  }
  return names;
}
