import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { lazily, listedBy, write, testInLayers, type Kind } from '../support/arrangements.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-php-layers-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const LIST_COMPOSER = `
require '/usr/share/php/Composer/autoload.php';
foreach (array_slice($argv, 1) as $file) {
  if (basename($file) !== 'installed.json') continue;
  try {
    $known = new Composer\\Repository\\InstalledFilesystemRepository(new Composer\\Json\\JsonFile($file));
    foreach ($known->getPackages() as $one) echo "$file\\t{$one->getName()}@{$one->getPrettyVersion()}\\n";
  } catch (Exception $broken) {}
}`;

const composer: Kind = {
  name: 'Composer',
  cataloger: 'php-composer',
  folder: 'srv/shops',
  file: (name) => `${name}/vendor/composer/installed.json`,
  // By the older of its formats for some.
  content: (name, version) => {
    const identity = { version, version_normalized: `${version}.0`, type: 'library' };
    const list = [`acme/${name}`, 'acme/common'].map((one) => ({ name: one, ...identity }));
    return JSON.stringify(name < 'k' ? { packages: list, dev: true, 'dev-package-names': [] } : list);
  },
  nothing: '{"packages":[]}',
  list: (files) => listedBy('php', ['-r', LIST_COMPOSER, '--'], files),
};

/** What PEAR notes of a package that it installed. */
const pearEntry = lazily(() => {
  const [source, settings] = [join(scratch, 'source'), join(scratch, 'pearrc')];
  const stability = '<stability><release>stable</release><api>stable</api></stability>';
  write(
    join(source, 'package.xml'),
    `<?xml version="1.0"?>
<package version="2.0" xmlns="http://pear.php.net/dtd/package-2.0">
 <name>alpha</name><channel>pear.php.net</channel><summary>s</summary><description>d</description>
 <lead><name>A</name><user>a</user><email>a@example.org</email><active>yes</active></lead>
 <date>2024-01-01</date><version><release>1.0.0</release><api>0.1.0</api></version>${stability}
 <license uri="https://example.org">BSD</license><notes>n</notes>
 <contents><dir name="/"><file name="alpha.php" role="php" /></dir></contents>
 <dependencies><required><php><min>5.0</min></php><pearinstaller><min>1.4.1</min></pearinstaller></required></dependencies>
 <phprelease />
</package>`,
  );
  write(join(source, 'alpha.php'), '<?php\n');
  runTool('pear', ['config-create', join(scratch, 'pear'), settings]);
  runTool('pear', ['-c', settings, 'install', '--offline', '--nodeps', 'package.xml'], { cwd: source });
  return readFileSync(join(scratch, 'pear/pear/php/.registry/alpha.reg'), 'latin1');
});

const LIST_PEAR = `
foreach (array_slice($argv, 1) as $file) {
  $known = str_ends_with($file, '.reg') ? @unserialize(file_get_contents($file)) : false;
  if ($known) echo "$file\\t{$known['channel']}/{$known['name']}@{$known['version']['release']}\\n";
}`;

const pear: Kind = {
  name: 'PEAR',
  cataloger: 'pear',
  folder: 'usr/share/php',
  file: (name) => `.registry/${name}.reg`,
  content: (name, version) => pearEntry().replaceAll('alpha', name).replaceAll('1.0.0', version),
  nothing: 'nothing of use',
  list: (files) => listedBy('php', ['-r', LIST_PEAR, '--'], files),
};

await testInLayers([
  [composer, needsCommands('composer')],
  [pear, needsCommands('pear')],
]);
