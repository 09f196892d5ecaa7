import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDebianRoot } from '../../test/support/debian-root.ts';
import { makeDpkgStates } from '../../test/support/dpkg-states.ts';
import { kept } from './kept.ts';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison, type Wording } from './comparison.ts';
import { listTree, type Listed } from './listings.ts';

const SUITES = ['bullseye', 'bookworm', 'trixie'];
/** What brings several hundred more packages, of both architectures. */
const MANY = 'python3-pip nodejs git perl-doc default-jre-headless libc6:i386 libssl3:i386'.split(' ');
/** What an image without dpkg would hold, as the public ones that are built so do. */
const FEW: ReadonlySet<string> = new Set(
  'base-files libc6 libgcc-s1 libstdc++6 libssl3 openssl netbase tzdata zlib1g libaudit1'.split(' '),
);

const FIELDS =
  '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n';
/** States in which none of a package's files is on disk: dpkg(1), "PACKAGE STATES". */
const ABSENT: ReadonlySet<string> = new Set(['not-installed', 'config-files']);

/** A package: its name, version, architecture, source and version of the source. */
type Told = readonly string[];

/** Debian roots, by what `dpkg-query` says of them. */
export async function surveyDpkg(place: Workplace): Promise<readonly Comparison[]> {
  const [version = ''] = (await command('dpkg-query', ['--version'])).split('\n');
  const oracle = `dpkg-query ${/ version ([\d.]+)/.exec(version)?.[1] ?? version}`;
  const comparisons: Comparison[] = [];
  const compare = async (subject: string, root: string, told: readonly Told[]): Promise<void> => {
    comparisons.push(...(await compareRoot(place, { oracle, subject }, root, told)));
  };

  for (const suite of SUITES) {
    const root = await kept(place, `debian-${suite}`, (folder) => makeDebianRoot(folder, [], { suite }));
    await compare(`Debian ${suite}`, root, await dpkgPackages(root));
  }
  const many = await kept(place, 'debian-many', (folder) =>
    makeDebianRoot(folder, MANY, { foreignArchitecture: 'i386' }),
  );
  await compare('Debian with foreign packages', many, await dpkgPackages(many));

  const states = makeDpkgStates(join(place.folder, 'states'));
  await compare('every state of dpkg', states, await dpkgPackages(states));

  const all = await dpkgPackages(many);
  const bare = join(place.folder, 'bare');
  withoutDpkg(many, bare, FEW);
  const few = all.filter(([name = '']) => FEW.has(name));
  await compare('status.d alone', bare, few);
  cpSync(join(states, 'var/lib/dpkg/status'), join(bare, 'var/lib/dpkg/status'));
  await compare('status and status.d', bare, [...few, ...(await dpkgPackages(states))]);
  return comparisons;
}

async function compareRoot(
  place: Workplace,
  about: Pick<Comparison, 'oracle' | 'subject'>,
  root: string,
  told: readonly Told[],
): Promise<readonly Comparison[]> {
  const listings = await listTree(place, root);
  const packages = new Set(told.map(([name, version, architecture]) => `${name} ${version} ${architecture}`));
  const sources = new Set(told.map(([name, , , source, version]) => `${name} of ${source} ${version}`));
  return [
    comparison({ ...about, ecosystem: 'dpkg', expected: packages }, listings, packageWording),
    comparison({ ...about, ecosystem: 'dpkg sources', expected: sources }, listings, sourceWording),
  ];
}

/** All that is on disk, whole or in part. */
async function dpkgPackages(root: string): Promise<readonly Told[]> {
  const query = ['--admindir', join(root, 'var/lib/dpkg'), '--show', '--showformat', FIELDS];
  return (await command('dpkg-query', query))
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([state = '']) => !ABSENT.has(state))
    .map(([, ...fields]) => fields);
}

/** A tree that has some packages' paragraphs in files of their own, without a state. */
function withoutDpkg(root: string, bare: string, names: ReadonlySet<string>): void {
  const paragraphs = join(bare, 'var/lib/dpkg/status.d');
  mkdirSync(paragraphs, { recursive: true });
  mkdirSync(join(bare, 'etc'));
  for (const name of ['os-release', 'debian_version'])
    cpSync(join(root, 'etc', name), join(bare, 'etc', name));
  const status = readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8');
  for (const paragraph of status.split('\n\n')) {
    const name = /^Package: (.*)$/m.exec(paragraph)?.[1] ?? '';
    const architecture = /^Architecture: (.*)$/m.exec(paragraph)?.[1] ?? '';
    if (!names.has(name)) continue;
    writeFileSync(
      join(paragraphs, `${name}_${architecture}`),
      `${paragraph.replace(/^Status: .*\n/m, '')}\n`,
    );
  }
}

const packageWording: Wording = ({ name, version, architecture, ...one }) =>
  isDeb(one) ? `${name} ${version} ${architecture}` : undefined;

const sourceWording: Wording = ({ name, source, ...one }) =>
  isDeb(one) ? `${name} of ${source?.name} ${source?.version}` : undefined;

function isDeb({ type }: Pick<Listed, 'type'>): boolean {
  return type === 'deb' || type === 'none';
}
