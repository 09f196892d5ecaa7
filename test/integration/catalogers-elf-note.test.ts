import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { elfNote } from '../../agent/catalogers/elf-note/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-note-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000, maxBuffer: 64 << 20 });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  return result.stdout;
}

/** Name and version in the note, as binutils shows it. */
function shown(path: string): readonly string[] {
  const text = /Packaging Metadata: (\{.*\})/.exec(run('readelf', ['-nW', path]))?.[1];
  if (text === undefined) return [];
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return [`${name} ${version}`];
}

test(
  'the notes in programs of this system are those that readelf shows',
  { skip: needsCommands('readelf') },
  () => {
    const facts = catalogDirectory('/usr/bin', elfNote);
    const found = facts.filter(({ status }) => status === 'found');
    assert.deepEqual(
      facts.filter(({ status }) => status === 'error'),
      [],
    );
    const sample = facts.filter(({ status }) => status === 'nothing').slice(0, 100);
    for (const { path, packages = [] } of [...found, ...sample]) {
      const isElf = spawnSync('readelf', ['-h', join('/usr/bin', path)]).status === 0;
      const expected = isElf ? shown(join('/usr/bin', path)) : [];
      assert.deepEqual(
        packages.map(({ name, version }) => `${name} ${version}`),
        expected,
        path,
      );
    }
  },
);

test('a note that the linker wrote is found', { skip: needsCommands('gcc') }, () => {
  const source = join(scratch, 'main.c');
  writeFileSync(source, 'int main(void) { return 0; }\n');
  mkdirSync(join(scratch, 'bin'));
  const note = { type: 'deb', os: 'debian', name: 'hello', version: '2.10-3', architecture: 'amd64' };
  run('gcc', [
    source,
    '-o',
    join(scratch, 'bin/hello'),
    '-Xlinker',
    `--package-metadata=${JSON.stringify(note)}`,
  ]);
  const [fact] = catalogDirectory(join(scratch, 'bin'), elfNote);
  assert.deepEqual(fact?.packages, [
    {
      type: 'deb',
      name: 'hello',
      version: '2.10-3',
      architecture: 'amd64',
      distribution: { id: 'debian' },
    },
  ]);
});
