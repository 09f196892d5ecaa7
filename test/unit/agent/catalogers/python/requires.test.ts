import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { python } from '../../../../../agent/catalogers/python/index.ts';
import { readRequires } from '../../../../../agent/catalogers/python/requires.ts';
import { hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const site = 'usr/lib/python3/dist-packages';
const OLD = 'Metadata-Version: 1.1\nName: Shop\nVersion: 1.2\n';

function needs(path: string, requires: string, metadata = OLD): readonly string[] | undefined {
  const siblings = { 'requires.txt': requires };
  return python.parse(bufferFile(path, metadata, { siblings })).packages?.[0]?.dependencies;
}

test("an egg's list is read up to the first section of an extra", () => {
  const list = [
    'Django>=1.8,<2',
    'pytz',
    '',
    'Pillow != 2.0 ; python_version >= "3"',
    'django',
    '[:python_version < "3.8"]',
    'importlib-metadata>=3',
    '',
    '[test]',
    'pytest',
    '[:sys_platform == "win32"]',
    'colorama',
  ];
  const expected = ['Django', 'pytz', 'Pillow', 'django', 'importlib-metadata'];
  assert.deepEqual(needs(`${site}/Shop-1.2.egg-info/PKG-INFO`, list.join('\n')), expected);
  assert.deepEqual(needs(`${site}/Shop-1.2-py3.11.egg/EGG-INFO/PKG-INFO`, list.join('\r\n')), expected);
});

test('what the metadata say counts more', () => {
  const metadata = `${OLD}Requires-Dist: six\n`;
  assert.deepEqual(needs(`${site}/Shop-1.2.egg-info/PKG-INFO`, 'pytz\n', metadata), ['six']);
});

test('the list is of eggs alone, and is asked for where one may be', () => {
  const companions = (path: string) => python.companions?.(`${site}/${path}`);
  assert.deepEqual(companions('a.egg-info/PKG-INFO'), ['requires.txt']);
  assert.deepEqual(companions('a.egg/EGG-INFO/PKG-INFO'), ['requires.txt']);
  assert.deepEqual(companions('a.dist-info/METADATA'), []);
  assert.deepEqual(companions('a.egg-info'), []);
});

test('any bytes are a list', () => {
  const bytes = hostileBytes(Buffer.from('Django>=1.8\n\n[:python_version < "3"]\nsix\n[test]\npytest\n'));
  fc.assert(
    fc.property(bytes, (content) => {
      for (const name of readRequires(bufferFile('requires.txt', content))) assert.notEqual(name, '');
    }),
  );
});
