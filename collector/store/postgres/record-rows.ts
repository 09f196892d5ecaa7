import type { PackageRecord } from '../../../core/facts.ts';
import { writeRecord } from '../rows/record.ts';
import type { Statements } from './database.ts';
import { byteText, rows } from './values.ts';

/**
 * Sees to it that package records exist, and says by which digest (as text) each is found. Equal records are one row,
 * whatever layer or image states them.
 */
export async function ensureRecords(
  statements: Statements,
  records: readonly PackageRecord[],
): Promise<string[]> {
  const written = records.map((record) => {
    const { text, digest } = writeRecord(record);
    return { digest: byteText(digest), record: text };
  });
  if (written.length > 0) {
    const distinct = new Map(written.map((one) => [one.digest, one]));
    await statements.run(
      `INSERT INTO records (digest, record)
       SELECT digest, record FROM json_to_recordset($1::json) AS r (digest bytea, record text) ORDER BY digest
       ON CONFLICT (digest) DO NOTHING`,
      rows([...distinct.values()]),
    );
  }
  return written.map(({ digest }) => digest);
}
