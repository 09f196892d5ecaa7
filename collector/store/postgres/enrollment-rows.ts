import type { JoinToken, NodeCertificate, RecordOutcome } from '../../enroll/enroll-store.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { certificateOf, type CertificateRow } from '../rows/certificate-row.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { LOCK_KEY } from './locks.ts';

const SELECT_TOKENS = `SELECT id, salt, hash, nodes, uses, used, created_at AS "createdAt",
  expires_at AS "expiresAt" FROM join_tokens`;

export async function putJoinToken(statements: Statements, token: Omit<JoinToken, 'used'>): Promise<void> {
  await statements.run(
    `INSERT INTO join_tokens (id, salt, hash, nodes, uses, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    token.id,
    token.salt,
    token.hash,
    token.nodes,
    whole(token.uses),
    whole(token.createdAt),
    whole(token.expiresAt),
  );
}

export function joinToken(statements: Statements, id: string): Promise<JoinToken | undefined> {
  return statements.get<JoinToken>(`${SELECT_TOKENS} WHERE id = $1`, id);
}

export async function joinTokens(
  statements: Statements,
  { limit, cursor }: PageRequest,
): Promise<Page<JoinToken>> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']);
  const rows = await statements.all<JoinToken>(
    `${SELECT_TOKENS} WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`,
    at,
    id,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.createdAt, row.id],
    (row) => row,
  );
}

export async function deleteJoinToken(statements: Statements, id: string): Promise<boolean> {
  return (await statements.run('DELETE FROM join_tokens WHERE id = $1', id)) > 0;
}

/** See `EnrollStore.recordCertificate`. */
export function recordCertificate(database: Database, certificate: NodeCertificate): Promise<RecordOutcome> {
  const { serial, node, key, issuedAt, validUntil, proof, joinToken: token } = certificate;
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${LOCK_KEY}`, key);
    const taken = await statements.get(
      'SELECT 1 FROM node_certificates WHERE key = $1 AND node <> $2 AND valid_until > $3',
      key,
      node,
      whole(issuedAt),
    );
    if (taken !== undefined) return 'key-in-use';
    if (token !== undefined && !(await takeUse(statements, token, certificate))) return 'token-spent';
    await statements.run(
      `INSERT INTO node_certificates (serial, node, key, issued_at, valid_until, proof, join_token)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
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

async function takeUse(
  statements: Statements,
  token: string,
  { node, key, issuedAt }: NodeCertificate,
): Promise<boolean> {
  const repeated = await statements.get(
    `SELECT 1 FROM node_certificates c JOIN join_tokens t ON t.id = c.join_token
     WHERE c.key = $1 AND c.node = $2 AND c.join_token = $3 AND t.expires_at > $4`,
    key,
    node,
    token,
    whole(issuedAt),
  );
  if (repeated !== undefined) return true;
  const taken = await statements.run(
    'UPDATE join_tokens SET used = used + 1 WHERE id = $1 AND used < uses AND expires_at > $2',
    token,
    whole(issuedAt),
  );
  return taken > 0;
}

export async function certificates(
  statements: Statements,
  { limit, cursor }: PageRequest,
): Promise<Page<NodeCertificate>> {
  const [before] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER]);
  const rows = await statements.all<CertificateRow>(
    `SELECT id, serial, node, key, issued_at AS "issuedAt", valid_until AS "validUntil", proof,
       join_token AS "joinToken" FROM node_certificates WHERE id < $1 ORDER BY id DESC LIMIT $2`,
    before,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.id], certificateOf);
}

export async function revokeNode(statements: Statements, node: string, at: number): Promise<void> {
  await statements.run(
    `INSERT INTO revocations (node, before) VALUES ($1, $2)
     ON CONFLICT (node) DO UPDATE SET before = greatest(revocations.before, excluded.before)`,
    node,
    whole(at),
  );
}

/** See `IngestStore.revokedBefore`. */
export function revokedBefore(statements: Statements, node: string): Promise<number> {
  return statements.number('SELECT before FROM revocations WHERE node = $1', node);
}
