import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TALLYMAN, tallyman } from '../support/cli.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-command-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the command runs by a link from elsewhere, as npm makes one, and by a link to that', async () => {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(TALLYMAN, join(folder, 'node_modules/.bin/tallyman'));
  symlinkSync('node_modules/.bin/tallyman', join(folder, 'tm'));
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  for (const command of [join(folder, 'node_modules/.bin/tallyman'), './tm']) {
    const { code, stdout } = await tallyman(['--version'], { command, cwd: folder });
    assert.deepEqual([code, stdout], [0, `${version}\n`]);
  }
});

test('help names every command and goes to standard output', async () => {
  const { code, stdout, stderr } = await tallyman(['--help']);
  assert.deepEqual([code, stderr], [0, '']);
  for (const name of ['up', 'agent', 'collector', 'certs', 'node', 'scan', 'fleet']) {
    assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
  }
});

test('what is no command or flag is told in one line', async () => {
  const cases = [
    [['scna'], /unknown command 'scna' \(Did you mean scan\?\)/],
    [['node', 'imags'], /unknown command 'imags' \(Did you mean images\?\)/],
    [['scan', 'dir:/', '--fromat', 'json'], /unknown option '--fromat' \(Did you mean --format\?\)/],
    [['fleet', 'where'], /missing required argument 'query'/],
    [['scan', 'dir:/', 'dir:/'], /too many arguments/],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await tallyman(args);
    assert.match(stderr, message);
    assert.match(stderr, /^tallyman: [^\n]+\n$/);
    assert.deepEqual([code, stdout], [2, '']);
  }
});

test('a flag counts before the environment, and that before the file', async () => {
  // Settings of other commands in the same file are none of this one's business.
  writeFileSync(
    join(folder, 'config.yaml'),
    'collector: elsewhere:7443\nhttp-listen: 0.0.0.0:1\nformat: spdx\n',
  );
  const args = ['scan', `dir:${folder}`, '--config', join(folder, 'config.yaml')];
  const env = { TALLYMAN_FORMAT: 'cyclonedx' };
  assert.match((await tallyman(args)).stdout, /"spdxVersion"/);
  assert.match((await tallyman(args, { env })).stdout, /"bomFormat"/);
  assert.match((await tallyman([...args, '--format', 'json'], { env })).stdout, /"schemaVersion"/);
});

test('a wrong value names itself and where it came from', async () => {
  writeFileSync(join(folder, 'wrong.yaml'), 'state-dir: /x\nformat: xml\n');
  writeFileSync(join(folder, 'typo.yaml'), 'formt: json\n');
  const must = 'it must be one of table, json, cyclonedx, spdx\n';
  const cases = [
    [['--format', 'xml'], {}, `tallyman: format is "xml" (from --format); ${must}`],
    [[], { TALLYMAN_FORMAT: 'xml' }, `tallyman: format is "xml" (from environment TALLYMAN_FORMAT); ${must}`],
    [['--config', 'wrong.yaml'], {}, `tallyman: format is "xml" (from wrong.yaml line 2); ${must}`],
    [
      [],
      { TALLYMAN_CONFIG: 'typo.yaml' },
      'tallyman: formt (from typo.yaml line 1) is no setting; did you mean format?\n',
    ],
  ] as const;
  for (const [flags, env, line] of cases) {
    const { code, stdout, stderr } = await tallyman(['scan', 'dir:.', ...flags], { cwd: folder, env });
    assert.equal(stderr, line);
    assert.deepEqual([code, stdout], [2, '']);
  }
});

test('a settings file that is not there is told', async () => {
  const { code, stderr } = await tallyman(['scan', 'dir:.', '--config', join(folder, 'none.yaml')]);
  assert.match(stderr, /^tallyman: the settings file cannot be read: [^\n]*none\.yaml[^\n]*\n$/);
  assert.equal(code, 2);
});
