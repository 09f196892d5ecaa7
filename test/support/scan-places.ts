import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerArchive, ociArchive, ociLayout, type BuiltImage } from '../../cli/demo/oci-image.ts';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';
import { catalogedLayers } from './cataloged-image.ts';
import { smallImage } from './small-images.ts';

/** A folder with one image in every form that needs no engine, and an unpacked root; any user may read it. */
export interface ScanPlaces {
  readonly folder: string;
  /** `catalogedLayers`, held as `name`. */
  readonly image: BuiltImage;
  readonly name: string;
  /** Of `docker.tar`, `oci.tar`, `layout`, `root`, or of what a test adds. */
  readonly path: (file: string) => string;
  readonly remove: () => void;
}

/** Packages in `root`, in order of purl. */
export const ROOT_PACKAGES: readonly string[] = ['base-files', 'libssl3', 'plain'];

export function makeScanPlaces(): ScanPlaces {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-scan-'));
  chmodSync(folder, 0o755);
  const path = (file: string): string => join(folder, file);
  const name = 'docker.io/library/app:1';
  const image = smallImage(catalogedLayers, { architecture: 'amd64', compression: 'none' });
  const named = [{ image, names: [name] }];
  writeFileSync(path('docker.tar'), dockerArchive(named));
  writeFileSync(path('oci.tar'), ociArchive(named));
  writeTree(path('layout'), ociLayout(named));
  writeTree(path('root'), [
    ...(catalogedLayers[0] ?? []),
    { path: 'app', type: 'directory' },
    { path: 'app/package.json', content: '{"name":"plain","version":"1.2.3"}' },
  ]);
  return { folder, image, name, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Writes folders and files into a folder that it makes. */
export function writeTree(root: string, entries: readonly TarEntry[]): void {
  mkdirSync(root);
  for (const { path, type, content = '' } of entries) {
    if (type === 'directory') mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(join(root, path), content);
  }
}
