import type { JoinToken, NodeCertificate, RecordOutcome } from '../../enroll/enroll-store.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { certificateOf, type CertificateRow } from '../rows/certificate-row.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';

const SELECT_TOKENS = `SELECT id, salt, hash, nodes, uses, used, created_at AS createdAt, expires_at AS expiresAt
  FROM join_tokens`;

export function putJoinToken(database: Database, token: Omit<JoinToken, 'used'>): void {
  database.run(
    `INSERT INTO join_tokens (id, salt, hash, nodes, uses, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    token.id,
    token.salt,
    token.hash,
    token.nodes,
    whole(token.uses),
    whole(token.createdAt),
    whole(token.expiresAt),
  );
}

export function joinToken(database: Database, id: string): JoinToken | undefined {
  const row = database.get<JoinToken>(`${SELECT_TOKENS} WHERE id = ?`, id);
  return row && { ...row };
}

export function joinTokens(database: Database, { limit, cursor }: PageRequest): Page<JoinToken> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']);
  const rows = database.all<JoinToken>(
    `${SELECT_TOKENS} WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?`,
    at,
    id,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.createdAt, row.id],
    (row) => ({ ...row }),
  );
}

export function deleteJoinToken(database: Database, id: string): boolean {
  return database.run('DELETE FROM join_tokens WHERE id = ?', id) > 0;
}

/** See `EnrollStore.recordCertificate`. */
export function recordCertificate(database: Database, certificate: NodeCertificate): RecordOutcome {
  const { serial, node, key, issuedAt, validUntil, proof, joinToken: token } = certificate;
  return database.transaction(() => {
    const isTaken = database.get(
      'SELECT 1 FROM node_certificates WHERE key = ? AND node <> ? AND valid_until > ?',
      key,
      node,
      whole(issuedAt),
    );
    if (isTaken !== undefined) return 'key-in-use';
    if (token !== undefined && !takeUse(database, token, certificate)) return 'token-spent';
    database.run(
      `INSERT INTO node_certificates (serial, node, key, issued_at, valid_until, proof, join_token)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      serial,
      node,
      key,
      whole(issuedAt),
      whole(validUntil),
      proof,
      token ?? null,
    );
    return 'recorded';
  });
}

function takeUse(database: Database, token: string, { node, key, issuedAt }: NodeCertificate): boolean {
  const isRepeated = database.get(
    `SELECT 1 FROM node_certificates c JOIN join_tokens t ON t.id = c.join_token
     WHERE c.key = ? AND c.node = ? AND c.join_token = ? AND t.expires_at > ?`,
    key,
    node,
    token,
    whole(issuedAt),
  );
  if (isRepeated !== undefined) return true;
  const taken = database.run(
    'UPDATE join_tokens SET used = used + 1 WHERE id = ? AND used < uses AND expires_at > ?',
    token,
    whole(issuedAt),
  );
  return taken > 0;
}

export function certificates(database: Database, { limit, cursor }: PageRequest): Page<NodeCertificate> {
  const [before] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER]);
  const rows = database.all<CertificateRow>(
    `SELECT id, serial, node, key, issued_at AS issuedAt, valid_until AS validUntil, proof, join_token AS joinToken
     FROM node_certificates WHERE id < ? ORDER BY id DESC LIMIT ?`,
    before,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.id], certificateOf);
}

export function revokeNode(database: Database, node: string, at: number): void {
  database.run(
    `INSERT INTO revocations (node, before) VALUES (?, ?)
     ON CONFLICT (node) DO UPDATE SET before = max(before, excluded.before)`,
    node,
    whole(at),
  );
}

/** See `IngestStore.revokedBefore`. */
export function revokedBefore(database: Database, node: string): number {
  return database.get<{ before: number }>('SELECT before FROM revocations WHERE node = ?', node)?.before ?? 0;
}

/** At most `limit` of join tokens, and of certificates, that expired before that time. */
export function removeExpired(database: Database, before: number, limit: number): number {
  const tokens = database.run(
    'DELETE FROM join_tokens WHERE id IN (SELECT id FROM join_tokens WHERE expires_at < ? LIMIT ?)',
    whole(before),
    limit,
  );
  const expired = database.run(
    'DELETE FROM node_certificates WHERE id IN (SELECT id FROM node_certificates WHERE valid_until < ? LIMIT ?)',
    whole(before),
    limit,
  );
  return tokens + expired;
}
