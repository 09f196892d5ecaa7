import { partsOf } from '../document-parts.ts';
import type { DocumentKind, NewDocument, StoredDocument, VerdictListOutline } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import {
  documentView,
  verdictListView,
  type DocumentRow,
  type VerdictListRow,
} from '../rows/document-row.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { rows } from './values.ts';

const COLUMNS = 'id, value, created_at, changed_at FROM documents';

export async function putDocuments(
  statements: Statements,
  documents: readonly NewDocument[],
  at: number,
): Promise<void> {
  // Of two of the same kind and ID the last one counts, as if they were written one by one.
  const distinct = new Map(documents.map((one) => [`${one.kind} ${one.id}`, one]));
  await statements.run(
    `INSERT INTO documents (kind, id, parent, value, created_at, changed_at)
     SELECT kind, id, parent, value, $2, $2
     FROM json_to_recordset($1::json) AS r (kind text, id text, parent text, value text) ORDER BY kind, id
     ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`,
    rows(
      [...distinct.values()].map(({ kind, id, parent = '', value }) => ({
        kind,
        id,
        parent,
        value: JSON.stringify(value),
      })),
    ),
    whole(at),
  );
}

/**
 * The same by the collector that has that work, until it is written; a StoreError `moved` otherwise. The lock of a work goes
 * with its connection, and another collector may have it before this one knows that its own is gone.
 */
export function putAsHolder(
  database: Database,
  { work, holder }: { readonly work: string; readonly holder: string },
  documents: readonly NewDocument[],
  at: number,
): Promise<void> {
  return database.transaction(async (statements) => {
    const held = await statements.all(
      'SELECT 1 FROM works WHERE name = $1 AND holder = $2 FOR SHARE',
      work,
      holder,
    );
    if (held.length === 0)
      throw new StoreError('moved', `another collector has taken over ${work}; nothing was stored here`);
    await putDocuments(statements, documents, at);
  });
}

export async function document(
  statements: Statements,
  kind: DocumentKind,
  id: string,
): Promise<StoredDocument | undefined> {
  const row = await statements.get<DocumentRow>(`SELECT ${COLUMNS} WHERE kind = $1 AND id = $2`, kind, id);
  return row && documentView(row);
}

export async function documents(
  statements: Statements,
  kind: DocumentKind,
  { limit, cursor }: PageRequest,
): Promise<Page<StoredDocument>> {
  const [createdAt, after] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']);
  const found = await statements.all<DocumentRow>(
    `SELECT ${COLUMNS} WHERE kind = $1 AND (created_at < $2 OR created_at = $2 AND id > $3)
     ORDER BY created_at DESC, id LIMIT $4`,
    kind,
    createdAt,
    after,
    limit + 1,
  );
  return pageOf(found, limit, (row) => [row.created_at, row.id], documentView);
}

/** A value as PostgreSQL looks into it: without escaped NULs and halves of surrogate pairs, section 8.14 of its manual. */
const READABLE = `replace(value, '\\u', '/u')::json`;

/** See `FleetOrders.verdictLists`. Only those of the page are parsed. */
export async function verdictLists(
  statements: Statements,
  { limit, cursor }: PageRequest,
): Promise<Page<VerdictListOutline>> {
  const [createdAt, after] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']);
  const found = await statements.all<VerdictListRow>(
    `WITH page AS MATERIALIZED (SELECT ${COLUMNS}
       WHERE kind = 'verdict-list' AND (created_at < $1 OR created_at = $1 AND id > $2)
       ORDER BY created_at DESC, id LIMIT $3)
     SELECT id, created_at, changed_at, ${READABLE} ->> 'issuer' AS issuer,
       json_array_length(${READABLE} -> 'entries') AS entries FROM page ORDER BY created_at DESC, id`,
    createdAt,
    after,
    limit + 1,
  );
  return pageOf(found, limit, (row) => [row.created_at, row.id], verdictListView);
}

export async function documentsOf(
  statements: Statements,
  kind: DocumentKind,
  parent: string,
): Promise<StoredDocument[]> {
  const found = await statements.all<DocumentRow>(
    `SELECT ${COLUMNS} WHERE parent = $1 AND kind = $2 AND parent <> '' ORDER BY id`,
    parent,
    kind,
  );
  return found.map(documentView);
}

export function deleteDocument(database: Database, kind: DocumentKind, id: string): Promise<boolean> {
  return database.transaction(async (statements) => {
    const removed = await statements.run('DELETE FROM documents WHERE kind = $1 AND id = $2', kind, id);
    const parts = partsOf(kind);
    if (removed > 0 && parts !== undefined)
      await statements.run(
        `DELETE FROM documents WHERE parent = $1 AND kind = $2 AND parent <> ''`,
        id,
        parts,
      );
    return removed > 0;
  });
}
