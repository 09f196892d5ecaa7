import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  givesRights,
  hasProgramStat,
  hasWantedStat,
  isProgram,
  mayBeProgram,
} from '../../../../agent/layers/programs.ts';

test('names of text and data are told from those of programs', () => {
  for (const path of [
    'usr/bin/kubectl',
    'app/server.v1.2',
    'app/tool.exe',
    'usr/lib/plugin.so',
    'x.d/tool',
  ]) {
    assert.equal(mayBeProgram(path), true, path);
  }
  for (const path of ['a/b.py', 'index.min.js', 'x/lib.so.gz', 'man1/ls.1.gz', '.json']) {
    assert.equal(mayBeProgram(path), false, path);
  }
});

test('a program has an execute bit and some size', () => {
  assert.equal(hasProgramStat(0o755, 4096), true);
  assert.equal(hasProgramStat(0o001, 1 << 20), true);
  assert.equal(hasProgramStat(0o644, 1 << 20), false);
  assert.equal(hasProgramStat(0o755, 4095), false);
});

test('a mode that gives rights away is looked at whatever the size, if the file may be executed', () => {
  for (const mode of [0o4755, 0o2755, 0o0702, 0o0777]) {
    assert.equal(givesRights(mode), true);
    assert.equal(hasWantedStat(mode, 0), true);
  }
  for (const mode of [0o755, 0o1755, 0o666, 0o6644]) assert.equal(givesRights(mode), false);
  assert.equal(hasWantedStat(0o755, 4095), false);
  assert.equal(hasWantedStat(0o755, 4096), true);
});

test('programs of all systems are known by their first bytes', () => {
  assert.equal(isProgram(readFileSync(process.execPath).subarray(0, 4)), true);
  for (const head of [
    'MZ\x90\0',
    '\xfe\xed\xfa\xcf',
    '\xcf\xfa\xed\xfe',
    '\xce\xfa\xed\xfe',
    '\xca\xfe\xba\xbe',
  ]) {
    assert.equal(isProgram(Buffer.from(head, 'latin1')), true, head);
  }
  for (const head of ['', '\x7fEL', '#!/b', '\x7fELG', '\xca\xfe\xba\xbf']) {
    assert.equal(isProgram(Buffer.from(head, 'latin1')), false, head);
  }
});
