import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import { factsOf, list, namesOf, scanWith, shortDigest, witness } from '../support/layer-reading.ts';
import { needsRoot } from '../support/requirements.ts';

const skip = needsRoot();
const notes = witness('notes', { basenames: ['note'] });
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-root-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

test('what is mounted in a root is not taken for its own', { skip }, async (t) => {
  const root = mkdtempSync(join(work, 'm-'));
  for (const name of ['proc', 'tmp', 'own', 'bound']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'own/note'), 'x');
  const mounts: readonly (readonly string[])[] = [
    ['-t', 'proc', 'proc', join(root, 'proc')],
    ['-t', 'tmpfs', 'tmpfs', join(root, 'tmp')],
    ['--bind', join(root, 'own'), join(root, 'bound')],
  ];
  try {
    for (const mount of mounts) {
      const { status, stderr } = spawnSync('mount', mount, { encoding: 'utf8' });
      if (status !== 0) return t.skip(`nothing can be mounted here: ${stderr}`);
    }
    const { index, problems } = await list(rootDirectorySource(root));
    assert.deepEqual(namesOf(index), [
      'directory bound',
      'directory own',
      'directory proc',
      'directory tmp',
      'file own/note',
    ]);
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['bound', 'tmp'],
    );
  } finally {
    for (const name of ['proc', 'tmp', 'bound']) spawnSync('umount', [join(root, name)]);
  }
});

test('a running system may lose files while it is read', { skip }, async () => {
  const root = mkdtempSync(join(work, 'v-'));
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'note'), name);
  }
  const removing = {
    ...notes,
    parse(file: Parameters<typeof notes.parse>[0]) {
      rmSync(join(root, 'b'), { recursive: true, force: true });
      return notes.parse(file);
    },
  };
  const { facts, problems } = await scanWith(rootDirectorySource(root), [removing]);
  assert.deepEqual(factsOf(facts), [
    `notes a/note: a/note=${shortDigest('a')}`,
    `notes c/note: c/note=${shortDigest('c')}`,
  ]);
  assert.deepEqual(problems, []);
});

test('what may not be read is said, file by file', { skip }, () => {
  const root = mkdtempSync(join(work, 'p-'));
  const script =
    'mkdir closed; echo 1 > closed/note; echo 2 > note; chmod 700 closed; chmod 600 note; chown -R 65534 closed note';
  execFileSync('sh', ['-ec', script], { cwd: root });
  const program = `
    import { rootDirectorySource } from '${import.meta.resolve('../../agent/layers/directory/root-directory.ts')}';
    import { factsOf, scanWith, witness } from '${import.meta.resolve('../support/layer-reading.ts')}';
    const { facts, problems } = await scanWith(rootDirectorySource(process.argv[1]), [witness('notes', { basenames: ['note'] })]);
    process.stdout.write(JSON.stringify([factsOf(facts), problems]));`;
  const lacking = '-dac_override,-dac_read_search';
  const found = execFileSync('setpriv', [
    ...[`--bounding-set=${lacking}`, `--inh-caps=${lacking}`],
    ...[process.execPath, '--input-type=module', '-e', program, root],
  ]);
  assert.deepEqual(JSON.parse(found.toString()), [
    ['notes note: permission denied'],
    [{ path: 'closed', message: 'permission denied' }],
  ]);
});
