import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { languageTree } from './language-owned.ts';
import { fullName, ofType } from './language-wording.ts';
import { listTree } from './listings.ts';

const DEBIAN = {
  name: 'debian-php',
  pattern: /^php-[a-z]/,
  every: 12,
  also: [
    ...[
      'dokuwiki',
      'icinga-php-library',
      'icinga-php-thirdparty',
      'icingaweb2',
      'icingaweb2-module-incubator',
    ],
    ...[
      'icingaweb2-module-x509',
      'ldap-account-manager',
      'mediawiki',
      'php-horde-css-parser',
      'php-net-socket',
    ],
    ...['php-net-url', 'php-pear', 'php-text-wiki', 'php-xml-svg', 'zabbix-frontend-php'],
    'zoneminder',
  ],
};

/** The program that packages were installed for: Composer 2 leaves it, and `composer show` does not list it. */
const ROOTS = `
$tree = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($argv[1], FilesystemIterator::SKIP_DOTS));
foreach ($tree as $path => $file) {
    if ($file->isLink() || !preg_match('#/composer/installed[.](php|json)$#', $path, $found)) continue;
    if ($found[1] === 'json') { echo dirname($path, 2) . "\\n"; continue; }
    ['name' => $name, 'pretty_version' => $version] = (require $path)['root'];
    if ($name !== '__root__') echo $name . '@' . preg_replace('/.*[+]no-version-set$/', '', $version) . "\\n";
}
`;

/** Packages whose folder is gone, though the list names them: Debian takes some out, in favor of its own. */
const GONE = `
$tree = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($argv[1], FilesystemIterator::SKIP_DOTS));
foreach ($tree as $path => $file) {
    if ($file->isLink() || !preg_match('#/composer/installed[.]json$#', $path)) continue;
    $list = json_decode(file_get_contents($path), true);
    foreach ($list['packages'] ?? $list as $one)
        if (($one['type'] ?? '') !== 'metapackage' && !is_dir(dirname($path) . '/' . ($one['install-path'] ?? '../' . $one['name']))) echo $one['name'] . '@' . $one['version'] . "\\n";
}
`;

/** Packages of channels that PEAR was not told of, which it does not list. */
const ENTRIES = `
foreach (glob($argv[1] . '/usr/share/php/.registry/.channel.*/*.reg') as $path) {
    $entry = unserialize(file_get_contents($path));
    echo $entry['channel'] . '/' . $entry['name'] . '@' . $entry['version']['release'] . "\\n";
}
`;

/** Debian's PHP packages, by what Composer and PEAR know of them. */
export async function surveyPhp(place: Workplace): Promise<readonly Comparison[]> {
  const { folder, owned } = await languageTree(place, 'PHP', DEBIAN);
  const listings = await listTree(place, folder);
  const byComposer = {
    ecosystem: 'composer',
    oracle: `composer show ${/^Composer version (\S+)/.exec(await composer(['--version']))?.[1] ?? ''}`,
    subject: "Debian's packages",
    expected: await composerPackages(place, folder),
  };
  const gone = lines(await command('php', ['-r', GONE, folder]));
  const list = await command('pear', ['-d', `php_dir=${join(folder, 'usr/share/php')}`, 'list', '-a']);
  const [, version = ''] = /PEAR Version: (\S+)/.exec(await command('pear', ['version'])) ?? [];
  const byPear = {
    ecosystem: 'pear',
    oracle: `pear list -a ${version}, unserialize()`,
    subject: "Debian's packages",
    expected: new Set([...pearPackages(list), ...lines(await command('php', ['-r', ENTRIES, folder]))]),
  };
  return [
    owned,
    comparison(byComposer, listings, (one) =>
      gone.has(fullName(one)) ? undefined : ofType('composer')(one),
    ),
    comparison(byPear, { ours: listings.ours }, ({ type, namespace, name, version: of }) =>
      type === 'pear'
        ? fullName({ ...(namespace !== undefined && { namespace }), name, version: of })
        : undefined,
    ),
  ];
}

/** A table for each channel. */
function pearPackages(list: string): ReadonlySet<string> {
  const found = new Set<string>();
  let channel = '';
  for (const line of list.split('\n')) {
    channel = /CHANNEL (\S+):/i.exec(line)?.[1]?.toLowerCase() ?? channel;
    const [, name, version] = /^(\w+)\s+(\d\S*)\s+(?:stable|beta|alpha|devel|snapshot)\s*$/.exec(line) ?? [];
    if (name !== undefined) found.add(`${channel}/${name}@${version}`);
  }
  return found;
}

async function composerPackages(place: Workplace, folder: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const project = join(place.folder, 'composer');
  mkdirSync(project);
  for (const line of (await command('php', ['-r', ROOTS, folder])).split('\n')) {
    if (!line.startsWith('/')) {
      found.add(line);
      continue;
    }
    writeFileSync(join(project, 'composer.json'), JSON.stringify({ config: { 'vendor-dir': line } }));
    const list = await composer(['show', '--no-plugins', '--format=json', '--working-dir', project]);
    const { installed = [] } = JSON.parse(list) as { installed?: readonly Named[] };
    for (const one of installed) found.add(fullName(one));
  }
  return found;
}

interface Named {
  readonly name: string;
  readonly version: string;
}

async function composer(args: readonly string[]): Promise<string> {
  return await command('env', ['COMPOSER_ALLOW_SUPERUSER=1', 'composer', ...args]);
}

function lines(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter((line) => line !== ''));
}
