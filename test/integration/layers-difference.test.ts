import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fullDirectorySource } from '../../agent/layers/directory/full-directory.ts';
import { LayerError } from '../../agent/layers/layer-error.ts';
import { factsOf, list, namesOf, scanWith, shortDigest, witness } from '../support/layer-reading.ts';
import { needsRoot } from '../support/requirements.ts';

const skip = needsRoot();
const notes = witness('notes', { basenames: ['note'] });
const programs = witness('programs', { executables: true });
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-difference-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

/** Two trees: the second a copy of the first with its times, then changed. */
function trees(first: string, changes: string): { readonly older: string; readonly newer: string } {
  const root = mkdtempSync(join(work, 't-'));
  const [older, newer] = [join(root, 'older'), join(root, 'newer')];
  mkdirSync(older);
  execFileSync('sh', ['-ec', first], { cwd: older });
  execFileSync('cp', ['-a', older, newer]);
  execFileSync('sh', ['-ec', changes], { cwd: newer });
  return { older, newer };
}

async function difference(first: string, changes: string): Promise<string[]> {
  const { older, newer } = trees(first, changes);
  const { index, problems } = await list(fullDirectorySource(newer, older));
  assert.deepEqual(problems, []);
  return namesOf(index);
}

test('two like trees differ in nothing', { skip }, async () => {
  const like = 'mkdir -p a/b; echo x > a/b/c; ln -s c a/b/d; mkfifo p; mknod n c 1 3';
  assert.deepEqual(await difference(like, 'true'), []);
});

test('what is new, altered or gone is listed, with the folders above it', { skip }, async () => {
  assert.deepEqual(
    await difference(
      'mkdir -p same/deep touched a/b/c; echo 1 > a/b/c/old; echo 1 > a/b/keep; ln -s x link; echo 1 > mode; echo 1 > gone; mkdir -p gonedir/x',
      `echo 22 > a/b/c/old; echo 1 > a/b/c/new
       rm gone; rm -r gonedir
       ln -sf y link; chmod 600 mode; chmod 700 touched
       mkdir -p fresh/inner`,
    ),
    [
      'directory a',
      'directory a/b',
      'directory a/b/c',
      'directory fresh',
      'directory fresh/inner',
      'directory touched',
      'file a/b/c/new',
      'file a/b/c/old',
      'file mode',
      'symlink link -> y',
      'whiteout gone',
      'whiteout gonedir',
    ],
  );
});

test('a path that became something else is listed as what it is now', { skip }, async () => {
  assert.deepEqual(
    await difference(
      'mkdir -p dir/in; echo 1 > file; ln -s x link; mkfifo node',
      'rm -r dir file link node; echo 1 > dir; mkdir -p file/in; mkdir link; mknod node c 1 3',
    ),
    ['directory file', 'directory file/in', 'directory link', 'file dir', 'other node'],
  );
});

test('a folder of very many names is compared as any other', { skip }, async () => {
  // Long names make a folder large sooner.
  const name = (at: string): string => `${'n'.repeat(200)}${at}`;
  const folder = `python3 -c "
import os
os.mkdir('many')
for i in range(6000): os.mknod('many/${name("%04d' % i")}, 0o644)
os.symlink('x', 'many/link')
os.mkdir('many/folder')
"`;
  const changes = `cd many; rm ${name('0007')}; echo 1 > ${name('0008')}; echo 1 > new; rm link; mkdir link folder/inner`;
  assert.deepEqual(await difference(folder, changes), [
    'directory many',
    'directory many/folder',
    'directory many/folder/inner',
    'directory many/link',
    'file many/new',
    `file many/${name('0008')}`,
    `whiteout many/${name('0007')}`,
  ]);
});

test('without a parent all of the tree is the layer', { skip }, async () => {
  const { newer } = trees('mkdir a; echo 1 > a/b; mknod n c 0 0', 'true');
  const { index } = await list(fullDirectorySource(newer));
  assert.deepEqual(namesOf(index), ['directory a', 'file a/b', 'other n']);
});

test('what catalogers read is compared itself where size and time are equal', { skip }, async () => {
  const elf = (letter: string): string => `(printf '\\177ELF'; head -c 9000 /dev/zero | tr '\\0' ${letter})`;
  const { older, newer } = trees(
    `echo one > note; echo one > other; ${elf('a')} > tool; ${elf('a')} > same; chmod 755 tool same`,
    `for f in note other; do touch -r $f ../time; echo two > $f; touch -r ../time $f; done
     touch -r tool ../time; ${elf('b')} > tool; touch -r ../time tool`,
  );
  const { encodedIndex, facts } = await scanWith(fullDirectorySource(newer, older), [notes, programs]);
  assert.deepEqual(namesOf(encodedIndex), ['file note', 'file tool']);
  const tool = Buffer.alloc(9004, 'b');
  tool.write('\x7fELF', 'latin1');
  assert.deepEqual(factsOf(facts), [
    `notes note: note=${shortDigest('two\n')}`,
    `programs tool: tool=${shortDigest(tool)}`,
  ]);
});

test(
  'a file whose mode gives rights away is compared itself, however small and whatever it holds',
  { skip },
  async () => {
    const { older, newer } = trees(
      'for f in open setuid plain; do echo one > $f; done; chmod 777 open; chmod 4755 setuid; chmod 755 plain',
      'for f in open setuid plain; do m=$(stat -c %a $f); touch -r $f ../time; echo two > $f; chmod $m $f; touch -r ../time $f; done',
    );
    const modes = witness('modes', { executables: true, modes: 0o6002 });
    const { encodedIndex, facts } = await scanWith(fullDirectorySource(newer, older), [modes]);
    assert.deepEqual(namesOf(encodedIndex), ['file open', 'file setuid']);
    assert.deepEqual(factsOf(facts), [
      `modes open: open=${shortDigest('two\n')}`,
      `modes setuid: setuid=${shortDigest('two\n')}`,
    ]);
  },
);

test('a parent that is not there is an error', { skip }, async () => {
  const { newer } = trees('true', 'true');
  await assert.rejects(
    list(fullDirectorySource(newer, join(work, 'nowhere'))),
    (error) => error instanceof LayerError && error.code === 'not-found',
  );
});
