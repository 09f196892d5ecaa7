import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dpkg } from '../../agent/catalogers/dpkg/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { makeDpkgStates } from '../support/dpkg-states.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const FIELDS =
  '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n';
/** dpkg(1), "PACKAGE STATES": nothing is on disk; and part of it may be. */
const ABSENT = ['not-installed', 'config-files'];
const PARTLY = ['half-installed', 'unpacked', 'half-configured'];

test(
  'packages in every state that dpkg leaves them in are told as dpkg tells them',
  { skip: needsRoot() || needsCommands('dpkg', 'dpkg-deb', 'dpkg-query') },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallyman-dpkg-states-'));
    try {
      const root = makeDpkgStates(folder);
      const query = ['--admindir', join(root, 'var/lib/dpkg'), '--show', '--showformat', FIELDS];
      const told = runTool('dpkg-query', query)
        .trim()
        .split('\n')
        .map((line) => line.split(' '));
      const states = new Set(told.map(([state]) => state));
      for (const state of ['config-files', 'installed', 'triggers-awaited', 'triggers-pending', ...PARTLY]) {
        assert.ok(states.has(state), state);
      }
      const expected = told
        .filter(([state = '']) => !ABSENT.includes(state))
        .map(
          ([state = '', ...fields]) => `${fields.join(' ')} ${PARTLY.includes(state) ? 'partly' : 'wholly'}`,
        );
      const found = catalogDirectory(root, dpkg)
        .flatMap(({ packages = [] }) => packages)
        .map(({ name, version, architecture, source, flags = [] }) => {
          const state = flags.includes('partly-installed') ? 'partly' : 'wholly';
          return [name, version, architecture, source?.name, source?.version, state].join(' ');
        });
      assert.deepEqual(found.sort(), expected.sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
