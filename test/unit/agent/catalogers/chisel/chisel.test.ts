import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { chisel } from '../../../../../agent/catalogers/chisel/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'var/lib/chisel/manifest.wall';

/** In the form that Chisel's documentation gives: a header, then objects in order. */
const WALL = `{"jsonwall":"1.0","schema":"1.0","count":7}
{"kind":"content","slice":"libc6_libs","path":"/usr/lib/libc.so.6"}
{"kind":"package","name":"base-files","version":"13ubuntu10","sha256":"aa","arch":"amd64"}
{"kind":"package","name":"libc6","version":"2.39-0ubuntu8.3","sha256":"bb","arch":"amd64"}
{"kind":"path","path":"/etc/","mode":"0755","slices":["base-files_base"]}
{"kind":"path","path":"/usr/lib/libc.so.6","mode":"0755","slices":["libc6_config","libc6_libs"],"sha256":"cc","size":2125328}
{"kind":"path","path":"/usr/share/doc/x","mode":"0777","slices":["base-files_base","libc6_libs"],"link":"y"}
{"kind":"path","path":"/orphan","mode":"0644","slices":[]}
{"kind":"slice","name":"libc6_libs"}
`;

function parse(text: string) {
  return chisel.parse(bufferFile(PLACE, zstdCompressSync(text)));
}

test('packages are those that slices were cut of, with the files of the slices', () => {
  assert.deepEqual(parse(WALL), {
    packages: [
      { type: 'deb', name: 'base-files', version: '13ubuntu10', architecture: 'amd64' },
      { type: 'deb', name: 'libc6', version: '2.39-0ubuntu8.3', architecture: 'amd64' },
    ],
    claims: [
      { owner: 'libc6', files: ['usr/lib/libc.so.6', 'usr/share/doc/x'] },
      { owner: 'base-files', files: ['usr/share/doc/x'] },
    ],
  });
});

test('an entry without a name or version is passed over', () => {
  const { packages } = parse('{"kind":"package","name":"a"}\n[]\n\n{"kind":"package","version":"1"}\n');
  assert.deepEqual(packages, []);
});

test('a line longer than any is left out, and that is said', () => {
  const { packages, truncated } = parse(`{"x":[${'[],'.repeat(30_000)}[]]}\n${WALL}`);
  assert.equal(packages?.length, 2);
  assert.match(truncated ?? '', /lines of more than/);
});

test('packages beyond any number of them are left out, and that is said', () => {
  const lines = Array.from({ length: 50_001 }, (_, i) => `{"kind":"package","name":"p${i}","version":"1"}`);
  const { packages, truncated } = parse(lines.join('\n'));
  assert.equal(packages?.length, 50_000);
  assert.match(truncated ?? '', /only the first 50000 packages/);
  assert.equal(parse(lines.slice(1).join('\n')).truncated, undefined);
});

test('what is no manifest, or unpacks to more than any, is an error', () => {
  assert.deepEqual(chisel.parse(bufferFile(PLACE, '')), {});
  assert.throws(() => chisel.parse(bufferFile(PLACE, WALL)), /cannot be unpacked/);
  assert.throws(() => parse('{"kind":'), SyntaxError);
  assert.throws(() => parse(' '.repeat(65 * 1024 * 1024)), /cannot be unpacked/);
});

test('manifests are candidates wherever they may lie', () => {
  assert.deepEqual(
    [PLACE, 'opt/state/manifest.wall', `${PLACE}.old`].map((path) => chisel.candidates.accepts(path)),
    [true, true, false],
  );
});

test('any bytes give packages, none or an error', () => {
  const packed = zstdCompressSync(WALL);
  fc.assert(fc.property(hostileBytes(packed), (bytes) => assertSurvives(chisel, PLACE, bytes)));
  fc.assert(
    fc.property(hostileBytes(Buffer.from(WALL)), (bytes) => {
      if (bytes.length > 0) assertSurvives(chisel, PLACE, zstdCompressSync(bytes));
    }),
  );
});
