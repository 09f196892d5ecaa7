import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { linkSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { TestContainerd } from '../../test/support/containerd.ts';
import type { LayerTar } from './layers.ts';

/** An image to be built, base layer first. */
export interface ImagePlan {
  readonly name: string;
  readonly layers: readonly LayerTar[];
}

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/**
 * Writes an OCI image layout with layers of any size: nothing is held in memory, and files are linked where they can be.
 * Source: OCI image-spec, image-layout.md, manifest.md and config.md.
 */
function writeLayout(folder: string, images: readonly ImagePlan[]): void {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, value: unknown): { mediaType: string; digest: string; size: number } => {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const manifests = images.map(({ name, layers }) => {
    for (const { file, diffId } of layers) link(file, join(blobs, diffId.slice('sha256:'.length)));
    const rootfs = { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) };
    const config = put(CONFIG, { architecture, os: 'linux', config: {}, rootfs, history: [] });
    const descriptors = layers.map(({ diffId, size }) => ({ mediaType: LAYER, digest: diffId, size }));
    const manifest = put(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers: descriptors });
    return {
      ...manifest,
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
    };
  });
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }),
  );
}

/** Brings images into containerd, unpacked. The layout is written beside the layers and removed. */
export async function importImages(
  engine: Pick<TestContainerd, 'address'>,
  folder: string,
  images: readonly ImagePlan[],
): Promise<void> {
  const layout = join(folder, 'layout');
  writeLayout(layout, images);
  const packing = spawn('tar', ['--create', '--directory', layout, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const args = ['--address', engine.address, 'images', 'import', '--snapshotter', 'overlayfs', '-'];
  const importing = spawn('ctr', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  importing.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  importing.stdin.on('error', () => undefined);
  packing.stdout.pipe(importing.stdin);
  const [[code]] = await Promise.all([
    once(importing, 'close'),
    finished(packing.stdout).catch(() => undefined),
  ]);
  rmSync(layout, { recursive: true });
  if (code !== 0) throw new Error(`ctr images import ended with ${String(code)}: ${errors.trim()}`);
}

/** Mounts an image as containers see it while `use` runs. */
export async function whileMounted<T>(
  engine: Pick<TestContainerd, 'ctr'>,
  name: string,
  target: string,
  use: () => Promise<T>,
): Promise<T> {
  mkdirSync(target, { recursive: true });
  await engine.ctr('images', 'mount', name, target);
  try {
    return await use();
  } finally {
    await engine.ctr('images', 'unmount', '--rm', target);
  }
}

/**
 * Mounts images while `use` runs, each in a folder of its own below `target`. It is given the folders of all their layers,
 * each once, as the mounts say.
 */
export async function whileAllMounted<T>(
  engine: Pick<TestContainerd, 'ctr'>,
  names: readonly string[],
  target: string,
  use: (layers: readonly string[]) => Promise<T>,
): Promise<T> {
  const points: string[] = [];
  try {
    for (const [at, name] of names.entries()) {
      const point = join(target, String(at));
      mkdirSync(point, { recursive: true });
      await engine.ctr('images', 'mount', name, point);
      points.push(point);
    }
    return await use(lowerFolders(target));
  } finally {
    for (const point of points) await engine.ctr('images', 'unmount', '--rm', point);
  }
}

/** What the overlay mounts below a folder are made of: proc_pid_mountinfo(5). */
function lowerFolders(target: string): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[4]?.startsWith(`${target}/`));
  return [...new Set(mounts.flatMap((line) => /lowerdir=([^, ]+)/.exec(line)?.[1]?.split(':') ?? []))];
}

function link(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
