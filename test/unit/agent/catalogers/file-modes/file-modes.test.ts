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

test('text without an interpreter is a script too', () => {
  for (const content of ['exec x', '', 'caf\xe9\n\x1b[1m'])
    assert.deepEqual(rulesOf('bin/deploy', content, 0o4777), ['world-writable-executable script mode 4777']);
  assert.deepEqual(rulesOf('bin/deploy', 'MZ\0', 0o0777), ['world-writable-executable program mode 0777']);
});

test('scripts are looked for where commands lie, those of shells anywhere', () => {
  const accepts = (path: string): boolean => fileModes.candidates.accepts(path);
  for (const path of ['usr/local/bin/deploy.py', 'sbin/x.rb', 'app/run.sh', 'app/start', 'app/bin/tool.exe'])
    assert.ok(accepts(path), path);
  for (const path of ['app/setup.py', 'srv/cabin/a.js', 'usr/bin/lib/a.pl']) assert.ok(!accepts(path), path);
});

test('what nobody may execute gives nothing away', () => {
  assert.deepEqual(rulesOf('lib/x.so', PROGRAM, 0o4644), []);
  assert.deepEqual(rulesOf('run.sh', SCRIPT, 0o0666), []);
  assert.deepEqual(rulesOf('bin/x', PROGRAM, 0o2705), []);
});

test('files of other modes are not asked for', () => {
  assert.equal(fileModes.candidates.modes, 0o6002);
});
