import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { catalogers } from '../../agent/catalogers/index.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { compose } from '../../core/compose.ts';
import type { Package } from '../../core/composition.ts';
import type { PackageType } from '../../core/facts.ts';
import { packagesOf } from '../../core/merge.ts';
import { overlayStack } from './overlay-stack.ts';

/** What a layer does to the tree below it, and what it shows. */
export type Arrangement = readonly [name: string, change: (root: string) => void];

/** After each layer, what we make of all layers so far must be what the tool says of the mounted tree. */
export async function compareLayers(
  type: PackageType,
  arrangements: readonly Arrangement[],
  list: (root: string) => readonly string[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-arrangements-'));
  try {
    const overlay = overlayStack(folder);
    for (const [name, change] of arrangements) {
      let told: readonly string[] = [];
      await overlay.grow(async (merged) => {
        change(merged);
        told = list(merged);
      });
      const found = (await packagesIn(overlay.uppers)).filter((one) => one.type === type).map(nameOf);
      assert.ok(told.length > 0, name);
      assert.deepEqual([...new Set(found)].toSorted(), [...new Set(told)].toSorted(), name);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The packages of an image whose layers changed what is in these folders, base first. */
export async function packagesIn(uppers: readonly string[]): Promise<readonly Package[]> {
  const layers = await Promise.all(
    uppers.map((upper, at) => scanLayer(overlayDirectorySource(upper), `sha256:${at}`, catalogers)),
  );
  return packagesOf(
    compose(layers),
    (at, id) => layers[at]?.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
}

function nameOf({ namespace, name, version }: Package): string {
  return `${namespace === undefined ? '' : `${namespace}/`}${name}@${version}`;
}

/** Writes a file, with the folders above it. */
export function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
