import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shells } from '../../../../../agent/catalogers/shells/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

function foundIn(path: string, content = '\x7fELF'): unknown {
  assert.ok(shells.candidates.accepts(path), path);
  return shells.parse(bufferFile(path, content, { mode: 0o755 })).findings;
}

test('shells and package managers go by their names', () => {
  assert.deepEqual(foundIn('bin/dash'), [{ ruleId: 'shell', kind: 'dash' }]);
  assert.deepEqual(foundIn('busybox/sh'), [{ ruleId: 'shell', kind: 'sh' }]);
  assert.deepEqual(foundIn('sbin/apk'), [{ ruleId: 'package-manager', kind: 'apk' }]);
  assert.deepEqual(foundIn('usr/local/bin/pip', '#!/usr/local/bin/python\n'), [
    { ruleId: 'package-manager', kind: 'pip' },
  ]);
  assert.deepEqual(foundIn('usr/local/lib/node_modules/npm/bin/npm-cli.js', '#!/usr/bin/env node\n'), [
    { ruleId: 'package-manager', kind: 'npm' },
  ]);
});

test('what cannot be run is neither', () => {
  assert.equal(foundIn('bin/sh', 'text'), undefined);
  assert.equal(foundIn('bin/sh', ''), undefined);
  assert.equal(shells.candidates.modes, 0o111);
});

test('files of such names elsewhere are not opened', () => {
  for (const path of ['usr/share/bash-completion/completions/apt', 'etc/default/bash', 'bash'])
    assert.equal(shells.candidates.accepts(path), false, path);
});
