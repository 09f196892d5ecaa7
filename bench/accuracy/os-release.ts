import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OsRelease } from '../../core/facts.ts';
import { scanInProcess } from '../../test/support/scan-in-process.ts';
import { cacheFolder, command, type Workplace } from '../support/workplace.ts';
import type { Comparison } from './comparison.ts';

const PLAIN = 'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n';
/** As many ways to write a value as distributions have: os-release(5). */
const TEXTS: Readonly<Record<string, string>> = {
  plain: PLAIN,
  'single quotes': "ID='arch'\nPRETTY_NAME='Arch Linux'\nBUILD_ID=rolling\n",
  'double quotes': 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n',
  escapes: 'ID=x\nPRETTY_NAME="a \\"quoted\\" \\$name with \\\\ and \\`this\\`"\n',
  comments: '# ID=no\n\nID=yes # not that\nVERSION_ID=1\n',
  'blanks at the end': 'ID=sles  \nVERSION_ID="15.5"\t\n',
  'assigned twice': 'ID=first\nVERSION_ID=1\nID=second\n',
  'no end of line': 'ID=wolfi\nVERSION_ID="20230201"',
  'an apostrophe': 'ID="amzn"\nPRETTY_NAME="Amazon\'s Linux"\nVERSION_CODENAME=\'\'\n',
  'a code name': 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID_LIKE=debian\nVARIANT_ID=server\n',
  'joined quotes': `ID='a'"b"c\nPRETTY_NAME="one"' two'\n`,
};

/** What release an image is of, by what a shell reads in its file. */
export async function surveyOsRelease(place: Workplace): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  const compare = async (subject: string, root: string, file: string): Promise<void> => {
    const { release } = await scanInProcess(`dir:${root}`);
    const expected = new Set((await spoken(join(root, file))).split('\n'));
    comparisons.push({
      ecosystem: 'os-release',
      oracle: 'sh',
      subject,
      expected,
      found: new Set(release === undefined ? [] : inWords(release)),
    });
  };
  const tree = (name: string, files: Readonly<Record<string, string>>): string => {
    const root = join(place.folder, 'release', name.replaceAll(' ', '-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  };

  for (const [name, text] of Object.entries(TEXTS)) {
    await compare(name, tree(name, { 'etc/os-release': text }), 'etc/os-release');
  }
  const below = 'usr/lib/os-release';
  await compare('in usr/lib alone', tree('below', { [below]: PLAIN }), below);
  const both = tree('both', { 'etc/os-release': TEXTS['double quotes'] ?? '', [below]: PLAIN });
  await compare('in both places, the first counts', both, 'etc/os-release');
  for (const [style, target] of [
    ['a relative link', '../usr/lib/os-release'],
    ['an absolute link', '/usr/lib/os-release'],
  ] as const) {
    const root = tree(style, { [below]: PLAIN });
    mkdirSync(join(root, 'etc'));
    symlinkSync(target, join(root, 'etc/os-release'));
    await compare(style, root, below);
  }
  for (const suite of ['bullseye', 'bookworm', 'trixie']) {
    const kept = join(cacheFolder(place), `debian-${suite}`);
    if (!existsSync(kept)) continue;
    const root = join(place.folder, 'release', suite);
    for (const path of ['etc/os-release', below]) {
      cpSync(join(kept, path), join(root, path), { recursive: true, verbatimSymlinks: true });
    }
    await compare(`Debian ${suite}`, root, below);
  }
  return comparisons;
}

/** Fields as a shell has them after reading the file; their order and names are those of `inWords`. */
async function spoken(file: string): Promise<string> {
  const print =
    'printf "%s\\n" "id $ID" "like $ID_LIKE" "version $VERSION_ID" "codename $VERSION_CODENAME" "name $PRETTY_NAME" "variant $VARIANT_ID"';
  return await command('env', ['--ignore-environment', '/bin/sh', '-c', `. "$1" && ${print}`, 'sh', file]);
}

function inWords(release: OsRelease): string[] {
  const { id, idLike, versionId = '', versionCodename = '', prettyName = '', variantId = '' } = release;
  const fields = [
    `id ${id}`,
    `like ${idLike.join(' ')}`,
    `version ${versionId}`,
    `codename ${versionCodename}`,
    `name ${prettyName}`,
    `variant ${variantId}`,
  ];
  return fields.join('\n').trim().split('\n');
}
