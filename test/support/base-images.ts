import { execFile } from 'node:child_process';
import {
  access,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestDockerd } from './dockerd.ts';

const run = promisify(execFile);

/** What the runtime base is made of; the public one (distroless) is made of the same Debian packages. */
const RUNTIME_PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes stand-ins for the two base images of the Dockerfile from what this machine has installed, since no image
 * registry can be reached: `runtime`, bare C and C++ libraries, and `build`, which adds a shell, ionice, Node and npm.
 */
export async function loadBaseImages(
  dockerd: TestDockerd,
): Promise<{ readonly build: string; readonly runtime: string }> {
  const folder = await mkdtemp('/tmp/tallyman-base-');
  try {
    const runtime = join(folder, 'runtime');
    await copyPackages(runtime);
    await importImage(dockerd, runtime, 'test.invalid/runtime:1');
    const build = join(folder, 'build');
    await copyPackages(build);
    await addBuildTools(build);
    await importImage(dockerd, build, 'test.invalid/build:1');
    return { build: 'test.invalid/build:1', runtime: 'test.invalid/runtime:1' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyPackages(root: string): Promise<void> {
  const { stdout } = await run('dpkg-query', ['--listfiles', ...RUNTIME_PACKAGES], {
    maxBuffer: 8 * 1024 * 1024,
  });
  for (const path of new Set(stdout.split('\n').filter((line) => line.startsWith('/')))) {
    const status = await lstat(path).catch(() => undefined);
    if (status && !status.isDirectory()) await copyFile(path, root);
  }
  for (const folder of ['tmp', 'etc', 'root']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/sbin/nologin\n');
}

/** On a merged /usr, /lib is a link: both names lead to the same file in the image too. */
async function copyFile(path: string, root: string): Promise<void> {
  for (const top of ['lib', 'lib64', 'bin', 'sbin']) {
    await mkdir(join(root, 'usr', top), { recursive: true });
    await symlink(`usr/${top}`, join(root, top)).catch(() => undefined);
  }
  const target = join(root, path.replace(/^\/(lib|lib64|bin|sbin)\//, '/usr/$1/'));
  await mkdir(dirname(target), { recursive: true });
  await cp(path, target, { verbatimSymlinks: true, force: true });
}

async function addBuildTools(root: string): Promise<void> {
  await copyFile('/bin/busybox', root);
  const applets = [
    'sh',
    'cp',
    'mv',
    'rm',
    'mkdir',
    'find',
    'chmod',
    'env',
    'ls',
    'cat',
    'dirname',
    'readlink',
  ];
  for (const applet of applets) await symlink('busybox', join(root, 'usr/bin', applet));

  const strip = await commandPath('strip');
  if (strip) await copyProgram(strip, '/usr/bin/strip', root);
  const ionice = await commandPath('ionice');
  if (ionice) await copyProgram(ionice, '/usr/bin/ionice', root);
  await copyProgram(process.execPath, '/usr/bin/node', root);
  const npm = dirname(dirname((await commandPath('npm')) ?? ''));
  await access(join(npm, 'node_modules')).catch((cause: unknown) => {
    throw new Error(`the npm in ${npm} lacks dependencies of its own; use the one that comes with Node`, {
      cause,
    });
  });
  await cp(npm, join(root, 'usr/lib/npm'), { recursive: true, verbatimSymlinks: true });
  await symlink('../lib/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));

  // As npm is set up here: from where it takes packages, and whom it trusts.
  await mkdir(join(root, dirname(CERTIFICATES)), { recursive: true });
  await cp(CERTIFICATES, join(root, CERTIFICATES));
  const { stdout: registry } = await run('npm', ['config', 'get', 'registry']);
  const { stdout: userConfig } = await run('npm', ['config', 'get', 'userconfig']);
  const settings = await readFile(userConfig.trim(), 'utf8').catch(() => '');
  await writeFile(
    join(root, 'root/.npmrc'),
    `${settings}\nregistry=${registry.trim()}\ncafile=${CERTIFICATES}\n`,
  );
}

async function copyProgram(path: string, as: string, root: string): Promise<void> {
  await cp(path, join(root, as));
  const { stdout } = await run('ldd', [path]);
  for (const [, library] of stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(/gm)) {
    if (library === undefined) continue;
    const target = await realpath(library);
    await cp(target, join(root, library.replace(/^\/(lib|lib64)\//, '/usr/$1/')), { force: true });
  }
}

async function commandPath(command: string): Promise<string | undefined> {
  const { stdout } = await run('sh', ['-c', `command -v ${command} || true`]);
  return stdout.trim() === '' ? undefined : realpath(stdout.trim());
}

async function importImage(dockerd: TestDockerd, root: string, name: string): Promise<void> {
  const archive = `${root}.tar`;
  await run('tar', ['--create', '--file', archive, '--directory', root, '--owner=0', '--group=0', '.']);
  await dockerd.docker('import', archive, name);
}
