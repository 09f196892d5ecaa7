import { createHash } from 'node:crypto';
import type { LayerListing, LayerSource, ReadOptions } from '../../agent/layers/layer-source.ts';
import type { OpenBlob } from '../../agent/layers/blob/blob-source.ts';
import { scanLayer, type ScannedLayer } from '../../agent/layers/scan-layer.ts';
import { compileWanted } from '../../agent/layers/wanted.ts';
import { decodeLayerIndex } from '../../core/layer-index.ts';
import type { CandidateRule, Cataloger, CatalogerFacts } from '../../core/facts.ts';
import type { LayerFile } from '../../core/layer.ts';

/** A cataloger that proves what it was given: one package a file, its version the digest of the content. */
export function witness(
  id: string,
  rule: Partial<CandidateRule>,
  companions?: (path: string) => readonly string[],
): Cataloger {
  return {
    id,
    version: 1,
    candidates: { accepts: () => true, ...rule },
    ...(companions && { companions }),
    parse(file) {
      const beside = (companions?.(file.path) ?? []).flatMap((name) => file.sibling(name) ?? []);
      return {
        packages: [file, ...beside].map((one) => ({
          type: 'generic',
          name: one.path,
          version: digestOf(one),
        })),
      };
    },
  };
}

/** First ten digits of the SHA-256 of all of a file. */
function digestOf(file: LayerFile): string {
  return shortDigest(file.read(0, file.size + 1));
}

export function shortDigest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 10);
}

/** What a listing holds, sorted: `file a/b`, `symlink c -> d`. */
export function namesOf(index: Uint8Array): string[] {
  const names = [];
  for (const { kind, path, target } of decodeLayerIndex('', index).entries()) {
    names.push(target === undefined ? `${kind} ${path}` : `${kind} ${path} -> ${target}`);
  }
  return names.sort();
}

/** Facts in short: `id path: package=version …`, `id path: nothing`, `id path: error message`. */
export function factsOf(facts: readonly CatalogerFacts[]): string[] {
  return facts.flatMap(({ cataloger, facts: all }) =>
    all.map(({ path, status, message, packages = [] }) => {
      const found = packages.map(({ name, version }) => `${name}=${version}`).join(' ');
      return `${cataloger} ${path}: ${status === 'found' ? found : (message ?? status)}`;
    }),
  );
}

/** Scans with witnesses. */
export function scanWith(
  source: LayerSource,
  catalogers: readonly Cataloger[],
  options?: ReadOptions,
): Promise<ScannedLayer> {
  return scanLayer(source, 'sha256:test', catalogers, options);
}

/** Lists a layer for nobody in particular. */
export function list(source: LayerSource, options?: ReadOptions): Promise<LayerListing> {
  const nobody = (): void => undefined;
  return source.scan(compileWanted([]), nobody, nobody, options);
}

/** Bytes as a stream that can be opened again, in pieces of one size. */
export function blobOf(bytes: Uint8Array, pieceBytes = 64 * 1024): OpenBlob {
  return async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  };
}
