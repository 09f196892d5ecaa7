import { join } from 'node:path';
import { makeDebianRoot } from '../../test/support/debian-root.ts';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison, type Wording } from './comparison.ts';
import { listTree, type Listed } from './listings.ts';

const FIELDS =
  '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n';
/** States in which none of a package's files is on disk: dpkg(1), "PACKAGE STATES". */
const ABSENT: ReadonlySet<string> = new Set(['not-installed', 'config-files']);

/** Debian roots, by what `dpkg-query` says of them. */
export async function surveyDpkg(place: Workplace): Promise<readonly Comparison[]> {
  const root = join(place.folder, 'debian');
  await makeDebianRoot(root);
  return await compareRoot(place, root, 'own release, variant apt');
}

async function compareRoot(place: Workplace, root: string, subject: string): Promise<Comparison[]> {
  const [version = ''] = (await command('dpkg-query', ['--version'])).split('\n');
  const oracle = `dpkg-query ${/ version ([\d.]+)/.exec(version)?.[1] ?? version}`;
  const told = await dpkgPackages(root);
  const listings = await listTree(place, root);
  const packages = new Set(told.map(([name, number, architecture]) => `${name} ${number} ${architecture}`));
  const sources = new Set(told.map(([name, , , source, number]) => `${name} of ${source} ${number}`));
  return [
    comparison({ ecosystem: 'dpkg', oracle, subject, expected: packages }, listings, debWording),
    comparison({ ecosystem: 'dpkg sources', oracle, subject, expected: sources }, listings, sourceWording),
  ];
}

/** Name, version, architecture, source and its version of all that is on disk, whole or in part. */
async function dpkgPackages(root: string): Promise<readonly (readonly string[])[]> {
  const query = ['--admindir', join(root, 'var/lib/dpkg'), '--show', '--showformat', FIELDS];
  return (await command('dpkg-query', query))
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([state = '']) => !ABSENT.has(state))
    .map(([, ...fields]) => fields);
}

const debWording: Wording = ({ name, version, architecture, ...one }) =>
  isDeb(one) ? `${name} ${version} ${architecture}` : undefined;

const sourceWording: Wording = ({ name, source, ...one }) =>
  isDeb(one) ? `${name} of ${source?.name} ${source?.version}` : undefined;

function isDeb({ type }: Pick<Listed, 'type'>): boolean {
  return type === 'deb' || type === 'none';
}
