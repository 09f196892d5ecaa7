import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { binary } from '../../../../../agent/catalogers/binary/index.ts';
import { searchExecutable } from '../../../../../agent/catalogers/binary/search.ts';
import type { LayerFile } from '../../../../../core/layer.ts';
import { elfWith } from '../../../../support/elf.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const MIB = 1 << 20;
const PATTERN = { anchor: 'thing ', pattern: /\x00thing (\d+\.\d+)\x00/ };

function versionsIn(bytes: Uint8Array, ...patterns: Parameters<typeof searchExecutable>[1]): unknown {
  return searchExecutable(bufferFile('x', bytes), patterns)?.sightings.map((one) => one?.version);
}

test('a version is found wherever it lies across the windows of a large section', () => {
  for (const at of [MIB - 320, MIB - 192, MIB - 128, MIB - 7, MIB, 2 * MIB - 500, 2 * MIB - 5]) {
    const text = Buffer.alloc(2 * MIB + 100, 'a');
    text.write('\0thing 1.2\0', at, 'latin1');
    assert.deepEqual(versionsIn(elfWith({ '.rodata': text }), [PATTERN]), ['1.2'], String(at));
  }
});

test('a section of text is read, what is beside it is not', () => {
  const elf = elfWith({
    '.text': Buffer.alloc(4 * MIB),
    '.rodata': '\0thing 1.2\0',
    '.debug': Buffer.alloc(4 * MIB),
  });
  const { file, bytesRead } = counted(bufferFile('x', elf));
  assert.equal(searchExecutable(file, [[PATTERN]])?.sightings[0]?.version, '1.2');
  assert.ok(bytesRead() < 64 * 1024, String(bytesRead()));
});

test('reading ends with the window in which the last version was found', () => {
  const text = Buffer.alloc(8 * MIB);
  text.write('\0thing 1.2\0', 100, 'latin1');
  const { file, bytesRead } = counted(bufferFile('x', elfWith({ '.rodata': text })));
  assert.equal(searchExecutable(file, [[PATTERN]])?.cut, false);
  assert.ok(bytesRead() < 2 * MIB, String(bytesRead()));
});

test('a program without a table of sections is searched from its beginning', () => {
  const elf = elfWith({ '.rodata': '\0thing 1.2\0' });
  elf.fill(0, 58, 64);
  assert.deepEqual(versionsIn(elf, [PATTERN]), ['1.2']);
});

test('of two versions in one file the one that could be either is not taken', () => {
  const only = { anchor: '1.', pattern: /\x00(1\.\d+)\x00/, isOnlyOne: true } as const;
  assert.deepEqual(versionsIn(elfWith({ '.rodata': '\x001.2\0x\x001.2\0' }), [only]), ['1.2']);
  assert.deepEqual(versionsIn(elfWith({ '.rodata': '\x001.2\0x\x001.3\0' }), [only]), [undefined]);
});

test('text that goes on for longer than the cap is said to be cut', () => {
  const file = { ...bufferFile('bin/nginx', elfWith({ '.rodata': '' })), size: 512 * MIB };
  const endless: LayerFile = {
    ...file,
    read: (offset, length) => (offset < 64 ? file.read(offset, length) : new Uint8Array(length)),
  };
  const { file: measured, bytesRead } = counted(endless);
  assert.match(binary.parse(measured).truncated ?? '', /too long/);
  assert.ok(bytesRead() < 140 * MIB, String(bytesRead()));
});

test('text full of beginnings of versions is given up on', () => {
  const text = Buffer.from('\0nginx version: 1'.repeat(50_000), 'latin1');
  assert.deepEqual(binary.parse(bufferFile('bin/nginx', elfWith({ '.rodata': text }))), {});
});

test('other files yield nothing', () => {
  assert.deepEqual(binary.parse(bufferFile('bin/node', '#!/bin/sh\nexec node.js/v1.2.3\n')), {});
  assert.deepEqual(binary.parse(bufferFile('bin/node', '')), {});
});

test('no bytes bring it down', () => {
  const seed = elfWith({ '.rodata': '\0nginx version: openresty/1.21.4.1\n', '.data': 'x\x003.45.1\0' });
  fc.assert(
    fc.property(
      hostileBytes(seed),
      fc.constantFrom('nginx', 'sqlite3', 'libcrypto.so.3', 'python3.11'),
      (bytes, name) => assertSurvives(binary, `usr/bin/${name}`, bytes),
    ),
  );
  fc.assert(
    fc.property(hostileBytes(Buffer.from('{vsn,"1.2.3"}')), (bytes) =>
      assertSurvives(binary, 'elixir/ebin/elixir.app', bytes),
    ),
  );
});

function counted(file: LayerFile): { readonly file: LayerFile; readonly bytesRead: () => number } {
  let total = 0;
  return {
    file: {
      ...file,
      read(offset, length) {
        const bytes = file.read(offset, length);
        total += bytes.length;
        return bytes;
      },
    },
    bytesRead: () => total,
  };
}
