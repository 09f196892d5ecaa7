import fc from 'fast-check';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';

/** What a layer does at one of a few places: a package comes or changes, a folder is emptied, or something goes. */
const changes = fc.record({
  folder: fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'd/e'),
  does: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('1.0.0', '2.0.0') },
    { weight: 2, arbitrary: fc.constantFrom('whiteout', 'opaque', 'file') },
  ),
});

/** Layers of an image, base first, that get in each other's way. */
export const layerStacks = fc
  .array(fc.uniqueArray(changes, { selector: ({ folder }) => folder, maxLength: 4 }), {
    minLength: 2,
    maxLength: 5,
  })
  .map((stack) => stack.map(layerOf));

/** Writes a layer as builders do: folders first, nothing below what goes or is no folder. */
function layerOf(changed: readonly { readonly folder: string; readonly does: string }[]): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  const add = (entry: TarEntry): void => void entries.set(entry.path, entry);
  const closed: string[] = [];
  for (const { folder, does } of changed.toSorted((a, b) => (a.folder < b.folder ? -1 : 1))) {
    if (closed.some((place) => folder.startsWith(`${place}/`))) continue;
    const names = folder.split('/');
    const isFolder = does !== 'whiteout' && does !== 'file';
    const open = isFolder ? names : names.slice(0, -1);
    for (const at of open.keys()) add({ path: open.slice(0, at + 1).join('/'), type: 'directory' });
    if (!isFolder) closed.push(folder);
    if (does === 'whiteout') add({ path: [...open, `.wh.${names.at(-1)}`].join('/') });
    else if (does === 'file') add({ path: folder, content: 'a file now' });
    else if (does === 'opaque') add({ path: `${folder}/.wh..wh..opq` });
    else {
      const content = JSON.stringify({ name: `in-${names.join('-')}`, version: does });
      add({ path: `${folder}/package.json`, content });
    }
  }
  return [...entries.values()];
}

/** Purls of what stays when the layers are laid over each other: a model of its own, of file names alone. */
export function purlsLeft(layers: readonly (readonly TarEntry[])[]): string[] {
  const files = new Map<string, string>();
  const drop = (prefix: string): void => {
    for (const file of files.keys()) if (file === prefix || file.startsWith(`${prefix}/`)) files.delete(file);
  };
  for (const layer of layers) {
    for (const { path } of layer) {
      if (path.endsWith('/.wh..wh..opq')) drop(path.slice(0, -'/.wh..wh..opq'.length));
    }
    for (const { path, type } of layer) {
      if (path.includes('.wh..wh.')) continue;
      if (path.includes('.wh.')) drop(path.replace('.wh.', ''));
      else if (type !== 'directory') drop(path);
    }
    for (const { path, content } of layer) {
      if (path.endsWith('package.json')) files.set(path, String(content));
    }
  }
  return [...files.values()]
    .map((content) => JSON.parse(content) as { name: string; version: string })
    .map(({ name, version }) => `pkg:npm/${name}@${version}`)
    .sort();
}
