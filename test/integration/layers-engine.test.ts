import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { blobSource } from '../../agent/layers/blob/blob-source.ts';
import { fullDirectorySource } from '../../agent/layers/directory/full-directory.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import type { LayerSource } from '../../agent/layers/layer-source.ts';
import { buildImage, ociArchive, sha256 } from '../../cli/demo/oci-image.ts';
import { writeTar, type TarEntry } from '../../cli/demo/tar-writer.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { blobOf, factsOf, namesOf, scanWith, witness } from '../support/layer-reading.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const notes = witness('notes', { basenames: ['note'] });

/** Layers with all that a build does to what lies below it. Folders come before what is in them, as builders write them. */
const LAYERS: readonly (readonly TarEntry[])[] = [
  [
    { path: 'etc', type: 'directory' },
    { path: 'etc/note', content: 'base' },
    { path: 'etc/gone', content: 'x' },
    { path: 'old', type: 'directory' },
    { path: 'old/note', content: 'old' },
    { path: 'swap', type: 'directory' },
    { path: 'swap/note', content: 'below a folder' },
    { path: 'file', content: 'x' },
    { path: 'link', type: 'symlink', target: 'etc' },
    { path: 'opaque', type: 'directory' },
    { path: 'opaque/note', content: 'hidden' },
  ],
  [
    { path: 'etc', type: 'directory' },
    { path: 'etc/.wh.gone' },
    { path: 'etc/note', content: 'changed' },
    { path: 'etc/hard', type: 'hardlink', target: 'etc/note' },
    { path: '.wh.old' },
    { path: 'swap', content: 'a file now' },
    { path: 'file', type: 'directory' },
    { path: 'file/note', content: 'in a folder now' },
    { path: 'link', type: 'symlink', target: 'opaque' },
    { path: 'opaque', type: 'directory' },
    { path: 'opaque/.wh..wh..opq' },
    { path: 'opaque/new', content: 'x' },
    { path: 'n'.repeat(150), content: 'long' },
    { path: 'pipe', type: 'fifo' },
  ],
  [],
  [{ path: 'implied/deep/note', content: 'folders not named' }],
];

suite('layers as containerd unpacks them', { skip: needsRoot() || needsCommands('containerd') }, () => {
  let engine: TestContainerd;

  before(async () => {
    engine = await startContainerd({ cri: false });
  });
  after(() => engine?.stop());

  /** Unpacks the layers; returns the folder of each, base first: snapshots are numbered as they are made. */
  async function unpack(snapshotter: string): Promise<string[]> {
    const image = buildImage(LAYERS.map((entries) => ({ tar: writeTar(entries), compression: 'gzip' })));
    const archive = ociArchive([{ image, names: [`localhost/tricky-${snapshotter}:1`] }]);
    await engine.importArchive(archive, { snapshotter });
    const snapshots = join(engine.root, `io.containerd.snapshotter.v1.${snapshotter}`, 'snapshots');
    const numbers = readdirSync(snapshots)
      .map(Number)
      .sort((a, b) => a - b);
    assert.equal(numbers.length, LAYERS.length);
    return numbers.map((number) => join(snapshots, String(number)));
  }

  async function read(source: LayerSource): Promise<{ names: string[]; facts: string[] }> {
    const { encodedIndex, facts, problems } = await scanWith(source, [notes]);
    assert.deepEqual(problems, []);
    return { names: namesOf(encodedIndex), facts: factsOf(facts) };
  }

  function fromBlob(layer: number): ReturnType<typeof read> {
    const tar = writeTar(LAYERS[layer] ?? []);
    return read(blobSource(blobOf(tar), sha256(tar)));
  }

  test('are in overlayfs what their blobs say', async () => {
    for (const [layer, folder] of (await unpack('overlayfs')).entries()) {
      assert.deepEqual(
        await read(overlayDirectorySource(join(folder, 'fs'))),
        await fromBlob(layer),
        `layer ${layer}`,
      );
    }
  });

  test('are in whole trees the differences that their blobs make', async () => {
    const folders = await unpack('native');
    const second = await read(fullDirectorySource(folders[1] ?? '', folders[0]));
    const blob = await fromBlob(1);
    // Emptying a folder shows as the loss of what was in it; a folder that stayed is not listed for its own sake.
    const expected = blob.names.map((name) => (name === 'opaque opaque' ? 'directory opaque' : name));
    assert.deepEqual(second.names, [...expected, 'whiteout opaque/note'].sort());
    assert.deepEqual(second.facts, blob.facts);
    assert.deepEqual(await read(fullDirectorySource(folders[0] ?? '')), await fromBlob(0));
    assert.deepEqual(await read(fullDirectorySource(folders[2] ?? '', folders[1])), { names: [], facts: [] });
    assert.deepEqual(await read(fullDirectorySource(folders[3] ?? '', folders[2])), await fromBlob(3));
  });
});
