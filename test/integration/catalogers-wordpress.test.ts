import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { wordpress } from '../../agent/catalogers/wordpress/index.ts';
import { downloadPackages } from '../../cli/demo/debian-packages.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const skip = needsCommands('apt-get', 'dpkg-deb', 'php');

/** Debian's WordPress, and its packages that bring plugins. */
const DEBIAN = ['wordpress', 'wordpress-shibboleth', 'wordpress-xrds-simple'];

/** WordPress's own functions, without a database: what it would list as installed. */
const ASK = `
[, $home] = $argv;
define('ABSPATH', "$home/");
define('WPINC', 'wp-includes');
define('KB_IN_BYTES', 1024);
define('WP_CONTENT_DIR', "$home/wp-content");
define('WP_PLUGIN_DIR', WP_CONTENT_DIR . '/plugins');
define('WPMU_PLUGIN_DIR', WP_CONTENT_DIR . '/mu-plugins');
foreach (['version', 'load', 'plugin', 'functions', 'formatting', 'l10n', 'cache'] as $part) require ABSPATH . WPINC . "/$part.php";
require ABSPATH . 'wp-admin/includes/plugin.php';
wp_cache_init();
$wp_plugin_paths = [];
echo json_encode(['core' => $wp_version, 'plugins' => get_plugins() + get_mu_plugins()]);
`;

interface Answer {
  readonly core: string;
  readonly plugins: Readonly<Record<string, Readonly<Record<'Version' | 'Author', string>>>>;
}

/** Files below `wp-content`, and what is in them: written in all the ways that may be meant as a header. */
const WRITTEN: Readonly<Record<string, string>> = {
  'plugins/single.php': '<?php /* Plugin Name: Single */ ?>',
  'plugins/one/main.php':
    '<?php\r\n/**\r\n * plugin name:  One\r\n * Version: 1.7.2 \r\n * Author: <b>Somebody</b>\r\n */',
  'plugins/one/other.php': '<?php\n// no header\n',
  'plugins/hashes/a.php': '<?php\n# Plugin Name: Hashes\n#Version:2\n// Author: X ?> html',
  'plugins/two/first.php': '<?php\n/*\nPlugin Name: First\nVersion: 1\n*/',
  'plugins/two/second.php': '<?php\n/*\nPlugin Name: Second\nVersion: 2\n*/',
  'plugins/deep/inner/main.php': '<?php\n/* Plugin Name: Too deep */',
  'plugins/late/late.php': `<?php\n/*${' '.repeat(9000)}\nPlugin Name: Late */`,
  'plugins/words/words.php': "<?php\n$text = 'The Plugin Name: No';",
  'plugins/empty/empty.php': '<?php\n/*\nPlugin Name:\nVersion: 1\n*/',
  'plugins/old/old.php': '<?php\r/*\rPlugin Name: Old\rVersion:0.1\r*/',
  'plugins/.hidden.php': '<?php /* Plugin Name: Hidden */',
  'mu-plugins/must.php': '<?php\n/*\nPlugin Name: Must\nVersion: 3\n*/',
  'mu-plugins/below/main.php': '<?php\n/* Plugin Name: Not looked for */',
};

test('plugins are those that WordPress itself lists', { skip }, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'tallyman-wordpress-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));
  const root = join(scratch, 'root');
  for (const { file } of await downloadPackages(DEBIAN, join(scratch, 'debs'), t.signal))
    runTool('dpkg-deb', ['--extract', file, root]);
  const home = join(root, 'usr/share/wordpress');
  for (const [path, content] of Object.entries(WRITTEN)) {
    const file = join(home, 'wp-content', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  const { core, plugins } = JSON.parse(runTool('php', ['-r', ASK, '--', home])) as Answer;
  const facts = catalogDirectory(root, wordpress);
  const nameOf = (path: string): string => (path.includes('/') ? dirname(path) : basename(path, '.php'));
  const listed = Object.entries(plugins).map(([path, { Version }]) => `${nameOf(path)} ${Version}`);
  assert.ok(listed.some((one) => /^akismet \d/.test(one)));
  assert.deepEqual(foundPackages(facts), [...new Set([...listed, `wordpress ${core}`])].toSorted());
  assert.deepEqual(errorsOf(facts), []);
});
