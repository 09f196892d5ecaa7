import type { Connection } from './connection.ts';
import { readBlob } from './content.ts';
import { DIGEST, type Descriptor } from './documents.ts';
import { hasCode } from './errors.ts';
import { weightedCache } from '../weighted-cache.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** A document, or why it could not be read. */
export type Read<Document> =
  { readonly document: Document; readonly problem?: undefined } | { readonly problem: string };

export interface DocumentReader<Document> {
  /** Throws only when containerd itself fails. */
  read(
    namespace: string,
    blob: Descriptor,
    parse: (bytes: Uint8Array) => Document,
    signal: AbortSignal,
  ): Promise<Read<Document>>;
}

/** Registries may refuse manifests above 4 MiB (OCI distribution-spec); configs are of the same order. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/**
 * Reads manifests and configs. A document never changes under its digest, so it is remembered, as long as all
 * of them together have at most `limit` characters as JSON.
 */
export function documentReader<Document>(connection: Connection, limit: number): DocumentReader<Document> {
  const known = weightedCache<Document>(limit);

  return {
    async read(namespace, blob, parse, signal) {
      const document = known.get(blob.digest);
      if (document !== undefined) return { document };
      if (!DIGEST.test(blob.digest)) return { problem: `"${blob.digest}" is not a digest` };
      if (blob.size > MAX_DOCUMENT_BYTES) {
        return {
          problem: `${blob.digest} is said to have ${blob.size} bytes: too large for a manifest or config`,
        };
      }
      let bytes: Uint8Array;
      try {
        bytes = await readBlob(connection, namespace, blob, signal);
      } catch (error) {
        if (hasCode(error, 'not-found')) return { problem: `${blob.digest} is not in the content store` };
        if (hasCode(error, 'failed')) return { problem: error.message };
        throw error;
      }
      try {
        const parsed = parse(bytes);
        known.set(blob.digest, parsed, JSON.stringify(parsed).length);
        return { document: parsed };
      } catch (error) {
        return { problem: `${blob.digest}: ${errorMessage(error)}` };
      }
    },
  };
}
