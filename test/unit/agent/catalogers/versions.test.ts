import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { catalogers } from '../../../../agent/catalogers/index.ts';
import type { Cataloger, FactContent } from '../../../../core/facts.ts';
import { SAMPLES, type Sample } from '../../../support/cataloger-samples.ts';
import { bufferFile } from '../../../support/layer-file.ts';

/**
 * Version and digest of what each cataloger makes of its sample. When this fails, facts that nodes keep are not what they
 * would be now: raise the cataloger's version, and write down what the test says. A sample shows only what is in it:
 * a change that it does not show needs a new version all the same.
 */
const KNOWN: Readonly<Record<string, string>> = {
  apk: '2 04f05acffe3f8fc6',
  binary: '5 11aa3d436e803a67',
  bitnami: '2 adce050e72ad633c',
  bottlerocket: '1 456b9b10c79bd0df',
  chisel: '3 d29612ab9909cfdc',
  conda: '1 d9655f8d08a25289',
  cos: '1 49578f6bbfd3eca6',
  credentials: '1 14ed6523c5957ec0',
  'dotnet-assembly': '1 d014ca1e3fcfe800',
  dotnet: '2 c5d4051348f9cdc4',
  dpkg: '2 125349d73bf820d9',
  'dpkg-copyright': '1 001db337072bfc10',
  'elf-note': '1 325f6395ed778c62',
  'embedded-sbom': '2 f6c3a0830173a2b0',
  'file-modes': '2 dd98f83a5cef1413',
  'go-binary': '4 d1a0e7698c222ec0',
  homebrew: '1 72f8f98282abbb2d',
  java: '5 fc4a7744af5db8d6',
  julia: '1 1f041f01be3fbe93',
  jvm: '2 b4fc2a9328295779',
  lua: '1 b0a41034404b7538',
  nim: '1 dbff6556a955d571',
  nix: '2 eba7630836727bbd',
  npm: '5 32762327b92cd6f6',
  opam: '1 0eaa0b1bba6003bc',
  opkg: '2 dafdd00686f92196',
  'os-release': '3 9561d652ec6261a7',
  otp: '1 783b955be4fa1a27',
  pacman: '2 de9af5520974ed2f',
  pear: '2 c24d1d2a8f193460',
  perl: '1 44b869b11f1721d7',
  'php-composer': '1 3f9ab4bbabda813b',
  portage: '2 82fe92c2e2cb7351',
  python: '5 50b7c21cc5c44413',
  r: '1 64bbbe6cf0833c86',
  'red-hat': '1 99b5b2f297d5f210',
  rpm: '3 bbad27d9d6425bfe',
  ruby: '1 4d98cb80b4a6cfe4',
  'rust-binary': '2 68d4d1718e23c5c9',
  shells: '1 86e148e5b1ed2837',
  wordpress: '3 3a5c496eb0fe86e9',
};

function found(cataloger: Cataloger, [path, content, options]: Sample): FactContent {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return cataloger.parse(bufferFile(path, bytes, options));
}

for (const cataloger of catalogers) {
  test(`what ${cataloger.id} makes of its sample belongs to its version`, () => {
    const sample = SAMPLES[cataloger.id];
    assert.ok(sample !== undefined, 'it has no sample yet');
    assert.ok(cataloger.candidates.accepts(sample[0]));
    const content = found(cataloger, sample);
    const { packages = [], licenses = [], findings = [], release, build } = content;
    assert.ok(
      packages.length + licenses.length + findings.length > 0 || (release ?? build) !== undefined,
      'it says nothing',
    );
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
    assert.equal(`${cataloger.version} ${digest}`, KNOWN[cataloger.id], 'raise its version, write down this');
  });
}
