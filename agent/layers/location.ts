import type { DiffId } from '../../core/layer.ts';
import { archiveMemberBlob } from './archives/stream-archive.ts';
import { blobSource } from './blob/blob-source.ts';
import { sniffCompression } from './blob/decompress.ts';
import { fileBlob } from './blob/file-blob.ts';
import { fullDirectorySource } from './directory/full-directory.ts';
import { overlayDirectorySource } from './directory/overlay-directory.ts';
import { rootDirectorySource } from './directory/root-directory.ts';
import { readRegion, type FileRegion } from './file-bytes.ts';
import type { LayerSource } from './layer-source.ts';
import { tarFileSource } from './tar/tar-file-source.ts';

/** Where the bytes of a layer lie, as plain data that can be sent to a worker. */
export type StoredLocation =
  /** An unpacked overlay layer. */
  | { readonly kind: 'overlay-directory'; readonly path: string }
  /** A whole tree with all layers below; the layer is what differs from `parent`. */
  | { readonly kind: 'full-directory'; readonly path: string; readonly parent?: string }
  /** An unpacked root, taken as one layer. */
  | { readonly kind: 'root-directory'; readonly path: string }
  /** A tar in a file, maybe compressed. */
  | { readonly kind: 'tar-file'; readonly region: FileRegion }
  /** A tar, maybe compressed, that is a member of an archive that is compressed itself; its number there. */
  | { readonly kind: 'archive-member'; readonly archive: string; readonly ordinal: number };

/** Any place: also a stream that only this process can open; see `OpenBlob`. */
export type LayerLocation = StoredLocation | { readonly kind: 'blob'; open(): AsyncIterable<Uint8Array> };

/** `verify`: the diff ID that a tar must have. Folders have none of their own. */
export function openLayerSource(location: LayerLocation, verify?: DiffId): LayerSource {
  switch (location.kind) {
    case 'overlay-directory':
      return overlayDirectorySource(location.path);
    case 'full-directory':
      return fullDirectorySource(location.path, location.parent);
    case 'root-directory':
      return rootDirectorySource(location.path);
    case 'tar-file':
      return tarSource(location.region, verify);
    case 'archive-member':
      return blobSource(archiveMemberBlob(location.archive, location.ordinal), verify);
    case 'blob':
      return blobSource(() => location.open(), verify);
  }
}

/** A tar that is not compressed can be read where it lies. */
function tarSource(region: FileRegion, verify: DiffId | undefined): LayerSource {
  const isPlain = sniffCompression(readRegion({ ...region, length: Math.min(4, region.length) })) === 'none';
  return isPlain ? tarFileSource(region, verify) : blobSource(fileBlob(region), verify);
}
