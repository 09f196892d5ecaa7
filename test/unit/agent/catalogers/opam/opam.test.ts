import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { opam } from '../../../../../agent/catalogers/opam/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = 'home/opam/.opam/5.1/.opam-switch/packages/lwt_ssl.1.2.0~beta/opam';

function packageIn(text: string) {
  return opam.parse(bufferFile(PATH, text)).packages?.[0];
}

test('an installed package has its name and version by its folder, its licenses and dependencies by the file', () => {
  const text = `opam-version: "2.0"
license: ["MIT" "LGPL-2.1-or-later WITH OCaml-LGPL-linking-exception"]
depends: [
  "ocaml" {>= "4.08" & < "5.2"}
  ("dune" {build} | "jbuilder")
  "base-unix"
]
depopts: ["other"]
`;
  assert.deepEqual(packageIn(text), {
    type: 'opam',
    name: 'lwt_ssl',
    version: '1.2.0~beta',
    licenses: ['MIT', 'LGPL-2.1-or-later WITH OCaml-LGPL-linking-exception'],
    dependencies: ['ocaml', 'dune', 'jbuilder', 'base-unix'],
  });
});

test('what only a repository holds is not installed', () => {
  assert.ok(opam.candidates.accepts(PATH));
  assert.ok(!opam.candidates.accepts('home/opam/.opam/repo/default/packages/lwt/lwt.5.0.0/opam'));
});

test('any text gives the package', () => {
  const words = fc.constantFrom('depends: [', '\n', '"', '{', '}', ']', 'license: "MIT"', 'x');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      assert.equal(packageIn(parts.join(''))?.name, 'lwt_ssl');
    }),
  );
});
