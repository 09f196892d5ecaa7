import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { LayerError } from '../../agent/layers/layer-error.ts';
import { decodeLayerIndex } from '../../core/layer-index.ts';
import { factsOf, list, namesOf, scanWith, shortDigest, witness } from '../support/layer-reading.ts';
import { needsRoot } from '../support/requirements.ts';

const skip = needsRoot();
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-overlay-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

/** Mounts an overlay over a lower tree, runs a shell script in it, unmounts it; returns the upper folder. */
function upperOf(t: TestContext, lower: string, changes: string, options = ''): string {
  const root = mkdtempSync(join(work, 'o-'));
  for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(root, name));
  execFileSync('sh', ['-ec', lower], { cwd: join(root, 'lower') });
  const dirs = `lowerdir=${root}/lower,upperdir=${root}/upper,workdir=${root}/work${options}`;
  const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', dirs, join(root, 'merged')], {
    encoding: 'utf8',
  });
  if (mounted.status !== 0) t.skip(`overlayfs cannot be mounted here: ${mounted.stderr}`);
  try {
    execFileSync('sh', ['-ec', changes], { cwd: join(root, 'merged') });
  } finally {
    execFileSync('umount', [join(root, 'merged')]);
  }
  return join(root, 'upper');
}

async function listed(upper: string): Promise<string[]> {
  return namesOf((await list(overlayDirectorySource(upper))).index);
}

test('what overlayfs leaves after changes is read as the changes', { skip }, async (t) => {
  const upper = upperOf(
    t,
    'mkdir -p keep gone/sub again/old link; touch keep/a keep/b gone/sub/x again/old/x link/x file swap',
    `rm keep/a; echo new > keep/c
     rm -r gone
     rm -r again; mkdir again; touch again/new
     rm -r link; ln -s keep link
     mv file renamed
     ln keep/b keep/hard
     rm swap; mkdir swap; touch swap/in
     mkfifo pipe; mknod null c 1 3; mknod zero b 7 0`,
  );
  assert.deepEqual(await listed(upper), [
    'directory keep',
    'file again/new',
    'file keep/b',
    'file keep/c',
    'file keep/hard',
    'file renamed',
    'file swap/in',
    'opaque again',
    'opaque swap',
    'other null',
    'other pipe',
    'other zero',
    'symlink link -> keep',
    'whiteout file',
    'whiteout gone',
    'whiteout keep/a',
  ]);
});

test(
  'opaque folders are also known by the attributes of engines that run without root',
  { skip },
  async (t) => {
    const upper = upperOf(t, 'mkdir -p a/b; touch a/b/c', 'rm -r a; mkdir a; touch a/new', ',userxattr');
    chownSync(dirname(upper), 1000, 1000);
    assert.deepEqual(await listed(upper), ['file a/new', 'opaque a']);
  },
);

test("attributes that an image brings along hide nothing from an engine of root's", { skip }, async (t) => {
  const { setAttributeSync } = await import('@napi-rs/xattr');
  const upper = upperOf(t, 'mkdir a; touch a/below', 'touch a/new');
  setAttributeSync(join(upper, 'a'), 'user.overlay.opaque', 'y');
  const root = dirname(upper);
  const dirs = `lowerdir=${upper}:${root}/lower`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', dirs, join(root, 'merged')]);
  try {
    assert.deepEqual(readdirSync(join(root, 'merged/a')), ['below', 'new']);
  } finally {
    execFileSync('umount', [join(root, 'merged')]);
  }
  assert.deepEqual(await listed(upper), ['directory a', 'file a/new']);
});

test('a folder that was renamed by redirection is a problem of its own', { skip }, async (t) => {
  const upper = upperOf(t, 'mkdir a; touch a/b', 'mv a c', ',redirect_dir=on');
  const { index, problems } = await list(overlayDirectorySource(upper));
  assert.deepEqual(namesOf(index), ['directory c', 'whiteout a']);
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['c'],
  );
});

test('whiteouts made of attributes are whiteouts', { skip }, async () => {
  const root = mkdtempSync(join(work, 'x-'));
  const { setAttributeSync } = await import('@napi-rs/xattr');
  for (const name of ['dir', 'plain']) {
    mkdirSync(join(root, name));
    for (const [file, content] of [
      ['gone', ''],
      ['empty', ''],
      ['full', 'x'],
    ] as const)
      writeFileSync(join(root, name, file), content);
    for (const file of ['gone', 'full'])
      setAttributeSync(join(root, name, file), 'trusted.overlay.whiteout', '');
  }
  setAttributeSync(join(root, 'dir'), 'trusted.overlay.opaque', 'x');
  assert.deepEqual(await listed(root), [
    'directory dir',
    'directory plain',
    'file dir/empty',
    'file dir/full',
    'file plain/empty',
    'file plain/full',
    'file plain/gone',
    'whiteout dir/gone',
  ]);
});

test('folders whose names are no UTF-8 can be opaque too', { skip }, async () => {
  const root = mkdtempSync(join(work, 'b-'));
  const script = `import os
d = os.fsencode(${JSON.stringify(root)}) + b'/caf\\xe9'
os.mkdir(d); os.setxattr(d, 'trusted.overlay.opaque', b'y'); open(d + b'/\\xff', 'w').close()`;
  execFileSync('python3', ['-c', script]);
  assert.deepEqual(await listed(root), ['file caf\udce9/\udcff', 'opaque caf\udce9']);
});

test('without CAP_SYS_ADMIN the listing says that it is blind', { skip }, () => {
  const program = `
    import { overlayDirectorySource } from '${import.meta.resolve('../../agent/layers/directory/overlay-directory.ts')}';
    import { list } from '${import.meta.resolve('../support/layer-reading.ts')}';
    process.stdout.write(String((await list(overlayDirectorySource(process.argv[1]))).index[4]));`;
  const run = (...prefix: string[]): string => {
    const [command, ...rest] = [...prefix, process.execPath, '--input-type=module', '-e', program, work];
    return execFileSync(command, rest, { encoding: 'utf8' });
  };
  assert.equal(run(), '0');
  assert.equal(run('setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'), '1');
});

test('no symlink is followed, and nothing but regular files is opened', { skip }, async () => {
  const root = mkdtempSync(join(work, 's-'));
  const outside = mkdtempSync(join(work, 'out-'));
  writeFileSync(join(outside, 'note'), 'secret');
  execFileSync(
    'sh',
    [
      '-ec',
      `mkdir a fifo dir; ln -s ${outside} b; ln -s ${outside}/note a/note; mkfifo fifo/note; mkdir dir/note; echo mine > note`,
    ],
    { cwd: root },
  );
  const source = overlayDirectorySource(root);
  const notes = witness('notes', { basenames: ['note'] });
  const { facts } = await scanWith(source, [notes]);
  assert.deepEqual(factsOf(facts), [`notes note: note=${shortDigest('mine\n')}`]);

  const errors: string[] = [];
  const files: string[] = [];
  const wanted = {
    byName: () => ['x'],
    programs: false,
    asProgram: () => [],
    byMode: () => [],
    companions: () => [],
  };
  await source.read(
    wanted,
    ['b/note', 'a/note', 'fifo/note', 'dir/note', 'no/note', 'note/below', 'note'],
    ({ path }) => void files.push(path),
    (path, _, message) => void errors.push(`${path}: ${message}`),
  );
  assert.deepEqual(files, ['note']);
  assert.deepEqual(errors, [
    'b/note: lies behind a symbolic link',
    'a/note: became a symbolic link',
    'fifo/note: not a regular file',
    'dir/note: not a regular file',
  ]);
});

test('hard links count by path, companions come with their file', { skip }, async () => {
  const root = mkdtempSync(join(work, 'h-'));
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'a/db'), 'main');
  writeFileSync(join(root, 'a/db-wal'), 'log');
  linkSync(join(root, 'a/db'), join(root, 'db'));
  const databases = witness('databases', { basenames: ['db'] }, () => ['db-wal']);
  const { facts } = await scanWith(overlayDirectorySource(root), [databases]);
  assert.deepEqual(factsOf(facts), [
    `databases a/db: a/db=${shortDigest('main')} a/db-wal=${shortDigest('log')}`,
    `databases db: db=${shortDigest('main')}`,
  ]);
});

test('a layer that is not there, or is going, gives no result', { skip }, async () => {
  const failsWith = (code: string) => (error: unknown) => error instanceof LayerError && error.code === code;
  await assert.rejects(list(overlayDirectorySource(join(work, 'nowhere'))), failsWith('not-found'));
  const root = mkdtempSync(join(work, 'v-'));
  for (let at = 0; at < 3; at++) mkdirSync(join(root, String(at)));
  writeFileSync(join(root, '0', 'note'), '');
  const vanishing = {
    ...witness('notes', { basenames: ['note'] }),
    parse: () => (rmSync(join(root, '2'), { recursive: true }), {}),
  };
  await assert.rejects(scanWith(overlayDirectorySource(root), [vanishing]), failsWith('changed'));
});

test('depth and numbers are bounded by the layer, not by the stack', { skip }, async () => {
  const root = mkdtempSync(join(work, 'd-'));
  execFileSync('python3', [
    '-c',
    `import os
os.chdir(${JSON.stringify(root)})
for _ in range(2100): os.mkdir('d'); os.chdir('d')`,
  ]);
  const { index, problems } = await list(overlayDirectorySource(root));
  const { entryCount } = decodeLayerIndex('', index);
  assert.ok(entryCount > 1900 && entryCount < 2100, String(entryCount));
  assert.equal(problems.length, 1);
});
