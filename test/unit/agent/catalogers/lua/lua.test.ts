import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lua } from '../../../../../agent/catalogers/lua/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0.10-1/lua-cjson-2.1.0.10-1.rockspec';

const CJSON = `package = "lua-cjson"
version = "2.1.0.10-1"
description = {
   summary = "A fast JSON encoding/parsing module",
   -- license = "none"
   license = [[MIT]], maintainer = 'A'
}
build_dependencies = { "no >= 1" }
dependencies = {
   "lua >= 5.1, < 5.5", -- "neither"
   'luasocket ~> 3',
   "user/rock",
}
build = { type = "builtin" }
`;

function parse(text: string, siblings: Readonly<Record<string, string>> = {}, path = PLACE) {
  return lua.parse(bufferFile(path, text, { siblings }));
}

test('a rock has its name and version by its path, license and dependencies by its specification', () => {
  assert.deepEqual(parse(CJSON).packages, [
    {
      type: 'luarocks',
      name: 'lua-cjson',
      version: '2.1.0.10-1',
      licenses: ['MIT'],
      dependencies: ['luasocket', 'user/rock'],
    },
  ]);
});

test('a rock of a user carries the name of that user', () => {
  assert.equal(parse(CJSON, { rock_namespace: 'openresty\n' }).packages?.[0]?.namespace, 'openresty');
  assert.equal(parse(CJSON, { rock_namespace: 'not a name' }).packages?.[0]?.namespace, undefined);
});

test('a specification that says nothing plainly is still of a rock', () => {
  const bare = [{ type: 'luarocks', name: 'lua-cjson', version: '2.1.0.10-1' }];
  assert.deepEqual(parse('').packages, bare);
  assert.deepEqual(parse('description = { license = LICENSE }\ndependencies = deps()').packages, bare);
});

test('only what lies in a tree of rocks is a candidate', () => {
  const places = [
    PLACE,
    'usr/lib/luarocks/rocks/a/1-1/a-1-1.rockspec',
    'opt/lua_modules/lib/luarocks/rocks-5.4/a/scm-1/a-scm-1.rockspec',
  ];
  const others = [
    'src/a-1-1.rockspec',
    'usr/lib/luarocks/rocks-5.1/a/1-1/b-1-1.rockspec',
    'rocks-5.1/a/1-1/doc/a-1-1.rockspec',
  ];
  assert.deepEqual(
    places.filter((path) => !lua.candidates.accepts(path)),
    [],
  );
  assert.deepEqual(
    others.filter((path) => lua.candidates.accepts(path)),
    [],
  );
});

test('any bytes give the rock that the path names', () => {
  fc.assert(
    fc.property(hostileBytes(Buffer.from(CJSON)), (bytes) =>
      assertSurvives(lua, PLACE, bytes, { siblings: { rock_namespace: bytes } }),
    ),
  );
});

test('text made to confuse a pattern is passed over at once', () => {
  for (const text of [
    `dependencies = {${'\\"'.repeat(500_000)}}`,
    'license=[['.repeat(100_000),
    `license${' '.repeat(1_000_000)}`,
    `dependencies={`.repeat(70_000),
    '--'.repeat(500_000),
  ]) {
    assert.equal(parse(text).packages?.length, 1, text.slice(0, 20));
  }
});
