import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wordpress } from '../../../../../agent/catalogers/wordpress/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLUGINS = 'var/www/html/wp-content/plugins';

const AKISMET = `<?php
/**
 * @package Akismet
 */
/*
Plugin Name: Akismet Anti-spam: Spam Protection
Plugin URI: https://example.org/
Version: 5.3.1
Author: Automattic - Anti-spam Team
License: GPLv2 or later
Text Domain: akismet
*/
define( 'AKISMET_VERSION', '5.3.1' );
`;

function parse(path: string, text: string) {
  return wordpress.parse(bufferFile(path, text));
}

test('a plugin has the name of its directory, and the version, author and license of its header', () => {
  assert.deepEqual(parse(`${PLUGINS}/akismet/akismet.php`, AKISMET).packages, [
    {
      type: 'wordpress-plugin',
      name: 'akismet',
      version: '5.3.1',
      licenses: ['GPLv2 or later'],
      vendor: 'Automattic - Anti-spam Team',
    },
  ]);
});

test('a header may be written in all the ways that WordPress reads', () => {
  for (const header of [
    '<?php /* Plugin Name: Hello Dolly */ ?>',
    '<?php\r\n/**\r\n * @wordpress-plugin\r\n * plugin name:   Hello Dolly\r\n * Version: 1.7.2 */',
    '<?php\n# Plugin Name: Hello Dolly\n// Version: 1.7.2',
    '<?php\r/*\rPlugin Name: Hello\rVersion:1.7.2\r*/',
  ]) {
    const [one] = parse(`${PLUGINS}/hello.php`, header).packages ?? [];
    assert.equal(one?.name, 'hello');
    assert.equal(one?.version, header.includes('ersion:') ? '1.7.2' : '');
  }
});

test('plugins that a plugin requires are its dependencies', () => {
  const header = '<?php\n/*\n * Plugin Name: Shop Mails\n * Requires Plugins: woocommerce, , akismet\n */';
  const { packages = [] } = parse('srv/wp-content/plugins/mails/mails.php', header);
  assert.deepEqual(packages[0]?.dependencies, ['woocommerce', 'akismet']);
});

test('a file without a header is no plugin, wherever the words stand after its beginning', () => {
  const path = `${PLUGINS}/akismet/class.akismet.php`;
  assert.deepEqual(parse(path, '<?php $x = "Plugin Name: y";'), {});
  assert.deepEqual(parse(path, `<?php${' '.repeat(9000)}\nPlugin Name: y\n`), {});
});

test('WordPress itself is found by its version', () => {
  const text = `<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.4.2';\n$wp_db_version = 56657;\n`;
  assert.deepEqual(parse('var/www/html/wp-includes/version.php', text).packages, [
    { type: 'generic', name: 'wordpress', version: '6.4.2' },
  ]);
  assert.deepEqual(parse('wp-includes/version.php', '<?php'), {});
});

test('only where WordPress looks for plugins are candidates', () => {
  const places = [
    `${PLUGINS}/akismet/akismet.php`,
    `${PLUGINS}/hello.php`,
    'srv/wp-content/mu-plugins/loader.php',
    'wp-content/plugins/a/a.php',
  ];
  const others = [
    `${PLUGINS}/akismet/views/a.php`,
    'srv/wp-content/mu-plugins/x/loader.php',
    'srv/wp-content/themes/a/a.php',
    `${PLUGINS}/a/a.txt`,
  ];
  assert.deepEqual(
    places.filter((path) => !wordpress.candidates.accepts(path)),
    [],
  );
  assert.deepEqual(
    others.filter((path) => wordpress.candidates.accepts(path)),
    [],
  );
});

test('any bytes give a plugin or none', () => {
  fc.assert(
    fc.property(hostileBytes(Buffer.from(AKISMET)), (bytes) => {
      assertSurvives(wordpress, `${PLUGINS}/a/a.php`, bytes);
      assertSurvives(wordpress, 'wp-includes/version.php', bytes);
    }),
  );
});
