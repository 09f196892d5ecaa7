import { sha256Text } from '../sha256-text.ts';
import { isSearchable } from './composition-rows.ts';
import { byteText } from './values.ts';

export type SourceRow = Readonly<Record<string, string | number | Uint8Array | null>>;

/** A table that is copied: the columns of that name that both databases have, and what is made of a row beside them. */
export interface CopiedTable {
  readonly name: string;
  /** What to read where it is more than the table. */
  readonly source?: string;
  readonly derive?: (row: SourceRow) => Readonly<Record<string, string | number>>;
}

/** Every table of the embedded database that outlives its process, referred to before referring. */
export const COPIED_TABLES: readonly CopiedTable[] = [
  {
    name: 'nodes',
    source: `SELECT n.*, c.images, c.containers, c.running, c.processes
      FROM nodes n JOIN node_counts c ON c.node = n.id`,
  },
  {
    name: 'refusals',
    derive: ({ node, reason, message }) => ({
      digest: byteText(sha256Text(JSON.stringify([node, reason, message]))),
    }),
  },
  { name: 'event_cursors' },
  { name: 'events' },
  { name: 'layers' },
  { name: 'cataloger_sets' },
  { name: 'readings' },
  { name: 'layer_sets' },
  { name: 'layer_set_readings' },
  { name: 'facts' },
  { name: 'records' },
  { name: 'fact_packages' },
  { name: 'compositions' },
  { name: 'composition_layers' },
  {
    name: 'packages',
    derive: ({ purl, search_name: name, source_name: source }) => ({
      digest: byteText(sha256Text(String(purl))),
      searchable: Number(isSearchable([String(purl), String(name), String(source ?? '')])),
    }),
  },
  { name: 'composition_packages' },
  { name: 'verifications' },
  { name: 'hosts' },
  { name: 'images' },
  { name: 'image_variants' },
  { name: 'node_images' },
  { name: 'containers' },
  { name: 'processes', source: 'SELECT *, user AS user_name FROM processes' },
  { name: 'lives' },
  { name: 'commands' },
  { name: 'receipts' },
  { name: 'documents' },
  { name: 'audit' },
  { name: 'join_tokens' },
  { name: 'node_certificates' },
  { name: 'revocations' },
];

/** Tables whose rows go elsewhere, or end with their process. */
export const LEFT_TABLES: readonly string[] = ['node_counts', 'content_leases'];
