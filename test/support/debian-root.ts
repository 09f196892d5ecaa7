import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { osRelease } from '../../agent/catalogers/os-release/index.ts';
import { bufferFile } from './layer-file.ts';

const run = promisify(execFile);

export interface DebianRootOptions {
  /** A release of the same archive, such as `trixie`; this machine's own when absent. */
  readonly suite?: string;
  /** Such as `i386`, for packages of it in `more`, as `libc6:i386`. */
  readonly foreignArchitecture?: string;
}

/**
 * Unpacks a small system of this machine's own release at `target` (a folder, or a tar where it ends so): its essential
 * packages, apt, and `more` with what they depend on. About 25 s, and longer for more; needs root.
 */
export async function makeDebianRoot(
  target: string,
  more: readonly string[] = [],
  { suite, foreignArchitecture }: DebianRootOptions = {},
): Promise<void> {
  const { codename, sources } = await ownRelease();
  const include = more.length === 0 ? [] : [`--include=${more.join(',')}`];
  const { stdout: own } = await run('dpkg', ['--print-architecture']);
  const architectures =
    foreignArchitecture === undefined ? [] : [`--architectures=${own.trim()},${foreignArchitecture}`];
  const chosen = sources.map((line) => line.replace(` ${codename} `, ` ${suite ?? codename} `));
  const options = ['--quiet', '--variant=apt', ...architectures, ...include];
  const args = [...options, suite ?? codename, target, ...chosen];
  await run('mmdebstrap', args, { timeout: more.length === 0 ? 300_000 : 1_800_000 });
}

/** The release and its main archive as apt is configured here: mirrors differ from machine to machine. */
async function ownRelease(): Promise<{ codename: string; sources: string[] }> {
  const file = bufferFile('etc/os-release', await readFile('/etc/os-release'));
  const codename = osRelease.parse(file).release?.versionCodename ?? 'stable';
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT) $(LABEL)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const sources = stdout
    .split('\n')
    .map((line) => /^(\S+) (\S+) main (?:Debian|Ubuntu)$/.exec(line))
    .filter((match) => match?.[2] === codename)
    .map((match) => `deb ${match?.[1] ?? ''} ${codename} main`);
  return { codename, sources: [...new Set(sources)] };
}
