import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeTar, type TarEntry } from '../../cli/demo/tar-writer.ts';
import { makeDebianRoot } from '../../test/support/debian-root.ts';
import { zip } from '../../test/support/zip.ts';
import { cacheFolder, command, type Workplace } from './workplace.ts';

const ROOT = join(import.meta.dirname, '../..');

/** An uncompressed layer tar on disk. */
export interface LayerTar {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly diffId: string;
}

/** Packages that bring many files, jars and Python distributions to an image of about 1 GB. */
const MANY_PACKAGES =
  'ansible python3-django python3-pip libmaven3-core-java libspring-web-java liblog4j2-java libjackson2-databind-java libnetty-java libhibernate-validator-java libjetty9-java';
/** What Go programs Debian's engines and this project's tools bring. */
const GO_PROGRAMS = 'containerd ctr containerd-shim-runc-v2 dockerd docker docker-proxy runc skopeo go gofmt';
const GO_PACKAGES = ['@bufbuild/buf-linux-x64/bin/buf', '@typescript/typescript-linux-x64/lib/tsc'];

/** A Debian system: bare (165 MB), or with packages of many kinds (about 800 MB). Minutes, unless it was kept. */
export async function debianLayer(place: Workplace, kind: 'bare' | 'full'): Promise<LayerTar> {
  const kept = join(cacheFolder(place), `debian-${kind}.tar`);
  if (!existsSync(kept)) {
    const made = join(place.folder, `debian-${kind}.making.tar`);
    await makeDebianRoot(made, kind === 'full' ? MANY_PACKAGES.split(' ') : []);
    await command('mv', [made, kept]);
  }
  return await layerTar(kept);
}

/** This project's own packages, as an application's. The largest, which are single programs, are left out. */
export async function nodeLayer(place: Workplace, at = 'srv/app'): Promise<LayerTar> {
  const leftOut = ['node-linux-*', '@bufbuild', '@typescript', '.cache'].map(
    (name) => `--exclude=node_modules/${name}`,
  );
  return await packed(place, `node-${at}`, ROOT, at, ['node_modules', ...leftOut]);
}

/** Programs written in Go that are on this machine. */
export async function goLayer(place: Workplace, at = 'usr/local/bin'): Promise<LayerTar> {
  const found = await Promise.all(
    GO_PROGRAMS.split(' ').map((name) =>
      command('sh', ['-c', 'command -v "$1"', 'sh', name]).catch(() => ''),
    ),
  );
  const packages = GO_PACKAGES.map((path) => join(ROOT, 'node_modules', path)).filter(existsSync);
  const files = [...found.filter((path) => path !== ''), ...packages].map((path) => realpathSync(path));
  const flat = ['--transform=flags=r;s,^.*/,,', ...new Set(files.map((file) => file.slice(1)))];
  return await packed(place, `go-${at}`, '/', at, flat);
}

/** A folder of a Debian layer once more, elsewhere, where it belongs to no Debian package. */
export async function copiedLayer(
  place: Workplace,
  debian: LayerTar,
  from: string,
  at: string,
): Promise<LayerTar> {
  const folder = await unpacked(place, debian, from);
  return await packed(place, `copy-${at}`, folder, at, ['--transform=flags=rh;s,^\\./,,', '.']);
}

async function unpacked(place: Workplace, debian: LayerTar, from: string): Promise<string> {
  const tree = join(place.folder, 'unpacked');
  if (!existsSync(join(tree, from))) {
    await command('mkdir', ['-p', tree]);
    await command('tar', ['--extract', '--file', debian.file, '--directory', tree, `./${from}`]);
  }
  return join(tree, from);
}

/** A web application of a hundred libraries, and once more inside of an EAR, where all of it is compressed. */
export async function nestedJarsLayer(place: Workplace, debian: LayerTar): Promise<LayerTar> {
  const jars = await unpacked(place, debian, 'usr/share/java');
  const names = readdirSync(jars).filter(
    (name) => name.endsWith('.jar') && lstatSync(join(jars, name)).isFile(),
  );
  const largest = names
    .map((name) => ({ name, content: readFileSync(join(jars, name)) }))
    .sort((a, b) => b.content.length - a.content.length)
    .slice(0, 120);
  const war = zip(largest.map(({ name, content }) => ({ name: `WEB-INF/lib/${name}`, content })));
  const ear = zip([{ name: 'app.war', content: war }]);
  const file = join(place.folder, 'nested-jars.tar');
  writeFileSync(
    file,
    writeTar([
      { path: 'srv/app.war', content: war },
      { path: 'srv/app.ear', content: ear },
    ]),
  );
  return await layerTar(file);
}

/** A few small files of an application, different for each number: what a developer's last layer mostly is. */
export async function smallLayer(place: Workplace, number: number): Promise<LayerTar> {
  const name = `app-${number}`;
  const manifest = (dependency: string): TarEntry => ({
    path: `srv/${name}/${dependency === '' ? '' : `node_modules/${dependency}/`}package.json`,
    content: JSON.stringify({ name: dependency || name, version: `1.0.${number}`, license: 'MIT' }),
  });
  const dependencies = Array.from({ length: 20 }, (_, at) => `dependency-${at}`);
  const file = join(place.folder, `${name}.tar`);
  writeFileSync(file, writeTar(['', ...dependencies].map(manifest)));
  return await layerTar(file);
}

/** As good as nothing: a layer of one empty file. */
export async function emptyLayer(place: Workplace): Promise<LayerTar> {
  const file = join(place.folder, 'empty.tar');
  writeFileSync(file, writeTar([{ path: 'empty', content: '' }]));
  return await layerTar(file);
}

async function packed(
  place: Workplace,
  name: string,
  directory: string,
  at: string,
  args: readonly string[],
): Promise<LayerTar> {
  const file = join(place.folder, `${name.replaceAll('/', '-')}.tar`);
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
  // Links between the packed files move with them, symbolic links stay as they are.
  const moved = `--transform=flags=rh;s,^,${at}/,`;
  const made = `${file}.making`;
  const order = args.filter((arg) => arg.startsWith('--'));
  const names = args.filter((arg) => !arg.startsWith('--'));
  await command('tar', [
    '--create',
    '--file',
    made,
    '--directory',
    directory,
    ...owner,
    ...order,
    moved,
    ...names,
  ]);
  renameSync(made, file);
  return await layerTar(file);
}

async function layerTar(file: string): Promise<LayerTar> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return { file, size: statSync(file).size, diffId: `sha256:${hash.digest('hex')}` };
}
