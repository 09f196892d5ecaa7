import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileModes } from '../../../../../agent/catalogers/file-modes/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PROGRAM = '\x7fELF';
const SCRIPT = '#!/bin/sh\n';

function rulesOf(path: string, content: string, mode: number): readonly string[] {
  return (fileModes.parse(bufferFile(path, content, { mode })).findings ?? []).map(
    ({ ruleId, kind, evidence }) => `${ruleId} ${kind} ${evidence}`,
  );
}

test('each bit is a finding of its own', () => {
  assert.deepEqual(rulesOf('bin/su', PROGRAM, 0o4755), ['setuid-file program mode 4755']);
  assert.deepEqual(rulesOf('bin/wall', PROGRAM, 0o2755), ['setgid-file program mode 2755']);
  assert.deepEqual(rulesOf('bin/x', PROGRAM, 0o6777), [
    'setuid-file program mode 6777',
    'setgid-file program mode 6777',
    'world-writable-executable program mode 6777',
  ]);
  assert.deepEqual(rulesOf('bin/x', PROGRAM, 0o0777), ['world-writable-executable program mode 0777']);
});

test('scripts give no rights away by setuid, but to whoever may write to them', () => {
  assert.deepEqual(rulesOf('entrypoint.sh', SCRIPT, 0o4755), []);
  assert.deepEqual(rulesOf('entrypoint.sh', 'exec x', 0o6777), [
    'world-writable-executable script mode 6777',
  ]);
});

test('what nobody may execute gives nothing away', () => {
  assert.deepEqual(rulesOf('lib/x.so', PROGRAM, 0o4644), []);
  assert.deepEqual(rulesOf('run.sh', SCRIPT, 0o0666), []);
  assert.deepEqual(rulesOf('bin/x', PROGRAM, 0o2705), []);
});

test('files of other modes are not asked for', () => {
  assert.equal(fileModes.candidates.modes, 0o6002);
});
