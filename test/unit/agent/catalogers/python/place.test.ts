import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceKind } from '../../../../../agent/catalogers/python/place.ts';

const site = 'usr/lib/python3/dist-packages';

const kinds: readonly (readonly [string, ReturnType<typeof evidenceKind>])[] = [
  [`${site}/six-1.16.0.dist-info/METADATA`, 'metadata'],
  [`${site}/six-1.16.0.dist-info/RECORD`, 'record'],
  [`${site}/six-1.16.0.egg-info/PKG-INFO`, 'metadata'],
  [`${site}/six-1.16.0.egg-info/METADATA`, 'metadata'],
  [`${site}/six-1.16.0.egg-info/installed-files.txt`, 'installed-files'],
  [`${site}/six-1.16.0.egg-info`, 'metadata'],
  [`${site}/six-1.16.0-py3.11.egg/EGG-INFO/PKG-INFO`, 'metadata'],
  [`${site}/six-1.16.0-py3.11.egg`, 'egg'],
  [`${site}/wheel/tests/testdata/x-1-py3.egg`, undefined],
  [`${site}/setuptools/_vendor/six-1.16.0.dist-info/METADATA`, 'metadata'],
  ['app/src/shop.egg-info/PKG-INFO', 'metadata'],
  ['tests/venv/lib/python3.11/site-packages/six-1.dist-info/METADATA', 'metadata'],
  [`${site}/six-1.16.0.egg-info/RECORD`, undefined],
  [`${site}/six-1.16.0.dist-info/installed-files.txt`, undefined],
  [`${site}/six-1.16.0.dist-info/WHEEL`, undefined],
  [`${site}/six/METADATA`, undefined],
  [`${site}/wheel/tests/testdata/x-1.dist-info/METADATA`, undefined],
  [`${site}/~ix-1.15.0.dist-info/METADATA`, undefined],
  [`${site}/~-x-1.15.0.egg-info/PKG-INFO`, undefined],
  [`${site}/~ix-1.15.0.egg-info`, undefined],
  ['METADATA', undefined],
  ['usr/share/app/RECORD', undefined],
];

for (const [path, kind] of kinds) {
  test(`${path}: ${kind ?? 'nothing'}`, () => assert.equal(evidenceKind(path), kind));
}
