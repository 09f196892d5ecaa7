import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const APT_TIMEOUT = 180_000;

/** A Debian package as downloaded. */
export interface DebianPackage {
  readonly name: string;
  /** The .deb file. */
  readonly file: string;
}

/** Downloads packages of this machine's distribution into `directory`, without installing them. */
export async function downloadPackages(
  names: readonly string[],
  directory: string,
  signal: AbortSignal,
): Promise<DebianPackage[]> {
  mkdirSync(directory, { recursive: true });
  const options = ['-o', 'APT::Sandbox::User=root', '-qq'];
  await run('apt-get', [...options, 'download', ...names], { cwd: directory, timeout: APT_TIMEOUT, signal });
  const files = readdirSync(directory).filter((file) => file.endsWith('.deb'));
  return names.map((name) => {
    const file = files.find((candidate) => candidate.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt-get download gave no file for ${name}`);
    return { name, file: join(directory, file) };
  });
}

/**
 * Unpacks packages into `root` as dpkg would, maintainer scripts apart: their files, and their entries
 * in var/lib/dpkg (status, info/*.list, info/*.md5sums). Source: deb(5), dpkg(1).
 */
export async function unpackPackages(
  packages: readonly DebianPackage[],
  root: string,
  signal: AbortSignal,
): Promise<void> {
  const info = join(root, 'var/lib/dpkg/info');
  mkdirSync(info, { recursive: true });
  const paragraphs: string[] = [];
  for (const { name, file } of packages) {
    await run('dpkg-deb', ['--extract', file, root], { signal });
    const control = join(root, '..', `control-${name}`);
    await run('dpkg-deb', ['--control', file, control], { signal });
    const { stdout } = await run('dpkg-deb', ['--fsys-tarfile', file], {
      encoding: 'buffer',
      maxBuffer: 1 << 30,
      signal,
    }).then(({ stdout: tar }) => listTar(tar, signal));
    const paths = stdout.split('\n').filter((line) => line !== '');
    writeFileSync(
      join(info, `${name}.list`),
      paths.map((path) => path.replace(/^\.\/?/, '/').replace(/(.)\/$/, '$1')).join('\n'),
    );
    paragraphs.push(installed(readFileSync(join(control, 'control'), 'utf8')));
  }
  writeFileSync(join(root, 'var/lib/dpkg/status'), paragraphs.join('\n'));
}

function listTar(tar: Buffer, signal: AbortSignal): Promise<{ stdout: string }> {
  const listing = run('tar', ['--list', '--file', '-'], { signal, maxBuffer: 1 << 26 });
  listing.child.stdin?.end(tar);
  return listing;
}

function installed(control: string): string {
  const [first = '', ...rest] = control.trimEnd().split('\n');
  return [first, 'Status: install ok installed', ...rest, ''].join('\n');
}
