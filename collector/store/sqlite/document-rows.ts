import { partsOf } from '../document-parts.ts';
import type { DocumentKind, NewDocument, StoredDocument, VerdictListOutline } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import {
  documentView,
  verdictListView,
  type DocumentRow,
  type VerdictListRow,
} from '../rows/document-row.ts';
import type { Database } from './database.ts';

const COLUMNS = 'id, value, created_at, changed_at FROM documents';

export function putDocuments(database: Database, documents: readonly NewDocument[], at: number): void {
  database.transaction(() => {
    for (const { kind, id, parent = '', value } of documents) {
      database.run(
        `INSERT INTO documents (kind, id, parent, value, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`,
        kind,
        id,
        parent,
        JSON.stringify(value),
        at,
        at,
      );
    }
  });
}

export function document(database: Database, kind: DocumentKind, id: string): StoredDocument | undefined {
  const row = database.get<DocumentRow>(`SELECT ${COLUMNS} WHERE kind = ? AND id = ?`, kind, id);
  return row && documentView(row);
}

export function documents(
  database: Database,
  kind: DocumentKind,
  { limit, cursor }: PageRequest,
): Page<StoredDocument> {
  const [createdAt, after] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']);
  const rows = database.all<DocumentRow>(
    `SELECT ${COLUMNS} WHERE kind = ? AND (created_at < ? OR created_at = ? AND id > ?)
     ORDER BY created_at DESC, id LIMIT ?`,
    kind,
    createdAt,
    createdAt,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.created_at, row.id], documentView);
}

/** See `FleetOrders.verdictLists`. Only those of the page are parsed. */
export function verdictLists(database: Database, { limit, cursor }: PageRequest): Page<VerdictListOutline> {
  const [createdAt, after] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']);
  const rows = database.all<VerdictListRow>(
    `WITH page AS MATERIALIZED (SELECT ${COLUMNS}
       WHERE kind = 'verdict-list' AND (created_at < ? OR created_at = ? AND id > ?)
       ORDER BY created_at DESC, id LIMIT ?)
     SELECT id, created_at, changed_at, value ->> '$.issuer' AS issuer,
       json_array_length(value, '$.entries') AS entries FROM page ORDER BY created_at DESC, id`,
    createdAt,
    createdAt,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.created_at, row.id], verdictListView);
}

export function documentsOf(database: Database, kind: DocumentKind, parent: string): StoredDocument[] {
  return database
    .all<DocumentRow>(
      `SELECT ${COLUMNS} WHERE parent = ? AND kind = ? AND parent <> '' ORDER BY id`,
      parent,
      kind,
    )
    .map(documentView);
}

export function deleteDocument(database: Database, kind: DocumentKind, id: string): boolean {
  return database.transaction(() => {
    const removed = database.run('DELETE FROM documents WHERE kind = ? AND id = ?', kind, id);
    const parts = partsOf(kind);
    if (removed > 0 && parts !== undefined)
      database.run(`DELETE FROM documents WHERE parent = ? AND kind = ? AND parent <> ''`, id, parts);
    return removed > 0;
  });
}
