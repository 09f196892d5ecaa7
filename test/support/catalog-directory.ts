import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Cataloger, Fact } from '../../core/facts.ts';
import type { LayerFile } from '../../core/layer.ts';

/** Every fact of one cataloger in a directory tree taken as a layer: no link is followed, errors become facts. */
export function catalogDirectory(root: string, cataloger: Cataloger): readonly Fact[] {
  return filesBelow(root, '')
    .filter((path) => wants(cataloger, path))
    .flatMap((path) => factOf(root, path, cataloger));
}

/** Recursive readdir itself would follow links to directories. */
function filesBelow(root: string, directory: string): readonly string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}

function wants(cataloger: Cataloger, path: string): boolean {
  const { candidates } = cataloger;
  return (candidates.executables === true || isNamed(cataloger, path)) && candidates.accepts(path);
}

function isNamed({ candidates: { basenames, suffixes, stems } }: Cataloger, path: string): boolean {
  const name = basename(path);
  return (
    basenames?.includes(name) === true ||
    suffixes?.some((suffix) => name.endsWith(suffix)) === true ||
    stems?.includes(name.split(/[0-9.]/)[0] ?? '') === true
  );
}

function factOf(root: string, path: string, cataloger: Cataloger): readonly Fact[] {
  const descriptor = openSync(join(root, path), 'r');
  try {
    const file = openFile(root, path, descriptor);
    if ((file.mode & 0o111) === 0 && !isNamed(cataloger, path)) return [];
    const content = cataloger.parse(file);
    const found = content.packages !== undefined || content.claims !== undefined;
    return [{ path, status: found ? 'found' : 'nothing', ...content }];
  } catch (error) {
    return [{ path, status: 'error', message: String(error) }];
  } finally {
    closeSync(descriptor);
  }
}

/** A file of the tree, open for positional reads; siblings stay open until the process ends. */
function openFile(root: string, path: string, descriptor: number): LayerFile {
  const { size, mode } = fstatSync(descriptor);
  return {
    path,
    size,
    mode: mode & 0o7777,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
    },
    sibling(name) {
      const beside = join(path, '..', name);
      try {
        return openFile(root, beside, openSync(join(root, beside), 'r'));
      } catch {
        return undefined;
      }
    },
  };
}
