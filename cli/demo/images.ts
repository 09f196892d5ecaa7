import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries } from './directory-tar.ts';
import { downloadPackages, unpackPackages } from './debian-packages.ts';
import { buildImage, ociArchive, type BuiltImage } from './oci-image.ts';
import { writeRpmDatabase } from './rpm-database.ts';
import { writeTar, type TarEntry } from './tar-writer.ts';

/** The image that the demonstration runs a container from. */
export const RUNNING_IMAGE = 'demo.tallyman.dev/web:2.1';

const BASE_PACKAGES = ['base-files', 'busybox-static', 'libc6', 'libgcc-s1', 'libssl3', 'zlib1g', 'tzdata'];
const TOOL_PACKAGES = ['libpcre2-8-0', 'libexpat1', 'libsqlite3-0'];

/**
 * Builds four small images that share layers, from this machine's Debian packages and tallyman's own npm packages:
 * a web application in two versions (the older one unused), a worker, and one with an rpm database.
 * `scratch` is a folder of the demonstration's own.
 */
export async function buildDemoArchive(
  scratch: string,
  npmPackages: string,
  progress: (step: string) => void,
  signal: AbortSignal,
): Promise<Buffer> {
  progress('downloading a few Debian packages');
  const packages = await downloadPackages([...BASE_PACKAGES, ...TOOL_PACKAGES], join(scratch, 'deb'), signal);
  const base = packages.filter(({ name }) => BASE_PACKAGES.includes(name));
  progress('building four images that share layers');
  await unpackPackages(base, join(scratch, 'base'), signal);
  await unpackPackages(packages, join(scratch, 'tools'), signal);

  const baseLayer = layer([
    ...directoryEntries(join(scratch, 'base')),
    { path: 'bin/sh', type: 'symlink', target: 'busybox' },
  ]);
  const toolsLayer = layer(changed(join(scratch, 'tools'), join(scratch, 'base')));
  const current = layer(
    nodeApplication(scratch, npmPackages, '2.1.0', ['fastify', 'pino', 'semver', 'yaml']),
  );
  const former = layer(nodeApplication(scratch, npmPackages, '2.0.0', ['pino', 'semver']));
  const serve = { entrypoint: ['/bin/busybox', 'sleep'], command: ['86400'] };
  return ociArchive([
    named(buildImage([baseLayer, current], serve), RUNNING_IMAGE),
    named(buildImage([baseLayer, former], serve), 'demo.tallyman.dev/web:2.0'),
    named(buildImage([baseLayer, toolsLayer], serve), 'demo.tallyman.dev/worker:1.4'),
    named(buildImage([layer(rpmSystem(scratch))], serve), 'demo.tallyman.dev/legacy:9'),
  ]);
}

function layer(entries: readonly TarEntry[]): { tar: Buffer; compression: 'gzip' } {
  return { tar: writeTar(entries), compression: 'gzip' };
}

function named(image: BuiltImage, name: string): { image: BuiltImage; names: string[] } {
  return { image, names: [name] };
}

/** What an image built on `base` would add to it: new files, and files of other content. */
function changed(root: string, base: string): TarEntry[] {
  return directoryEntries(root).filter((entry) => {
    const below = join(base, entry.path);
    if (entry.type === 'directory') return !existsSync(below);
    if (entry.type === 'symlink') return !existsSync(below);
    return !existsSync(below) || !readFileSync(below).equals(Buffer.from(entry.content ?? ''));
  });
}

/** An application of that version with the named packages of ours and all they depend on. */
function nodeApplication(
  scratch: string,
  npmPackages: string,
  version: string,
  names: readonly string[],
): TarEntry[] {
  const root = join(scratch, `web-${version}`);
  const modules = join(root, 'app/node_modules');
  mkdirSync(modules, { recursive: true });
  const pending = [...names];
  const dependencies: Record<string, string> = {};
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const source = join(npmPackages, name);
    if (existsSync(join(modules, name)) || !existsSync(source)) continue;
    cpSync(source, join(modules, name), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
      version: string;
      dependencies?: Record<string, string>;
    };
    if (names.includes(name)) dependencies[name] = manifest.version;
    pending.push(...Object.keys(manifest.dependencies ?? {}));
  }
  const manifest = JSON.stringify({ name: 'web', version, license: 'Apache-2.0', dependencies }, null, 2);
  return [...directoryEntries(root), { path: 'app/package.json', content: manifest }];
}

function rpmSystem(scratch: string): TarEntry[] {
  const common = { architecture: 'x86_64', vendor: 'Demo Linux' };
  const database = writeRpmDatabase(
    [
      {
        ...common,
        name: 'glibc',
        version: '2.34',
        release: '60.el9',
        license: 'LGPLv2+',
        sourceRpm: 'glibc-2.34-60.el9.src.rpm',
      },
      {
        ...common,
        name: 'openssl-libs',
        version: '3.0.7',
        release: '6.el9',
        epoch: 1,
        license: 'ASL 2.0',
        sourceRpm: 'openssl-3.0.7-6.el9.src.rpm',
      },
      {
        ...common,
        name: 'bash',
        version: '5.1.8',
        release: '6.el9',
        license: 'GPLv3+',
        sourceRpm: 'bash-5.1.8-6.el9.src.rpm',
      },
      {
        ...common,
        name: 'zlib',
        version: '1.2.11',
        release: '39.el9',
        license: 'zlib',
        sourceRpm: 'zlib-1.2.11-39.el9.src.rpm',
      },
    ],
    scratch,
  );
  return [
    { path: 'etc', type: 'directory' },
    {
      path: 'etc/os-release',
      content:
        'NAME="Demo Linux"\nID=demo\nID_LIKE="rhel fedora"\nVERSION_ID="9"\nPRETTY_NAME="Demo Linux 9"\n',
    },
    { path: 'var/lib/rpm', type: 'directory' },
    { path: 'var/lib/rpm/rpmdb.sqlite', content: database },
  ];
}
