import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { arrangedImage } from '../support/arranged-image.ts';
import { buildDeb, dpkgIn, makeDpkgDatabase } from '../support/debs.ts';
import { inMemoryFolder, needsOverlay } from '../support/overlay-stack.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const skip = (await needsOverlay()) || needsCommands('dpkg', 'dpkg-deb', 'dpkg-query');

/** More than are done while dpkg is being killed, and fewer than make it write its database anew. */
const MORE = Array.from({ length: 20 }, (_, at) => `more-${at}`);

/** Images in which dpkg was killed: what it did last is in its journal alone, until it starts again. */
test("dpkg's journal", { skip }, async (t) => {
  await inMemoryFolder(async (work) => {
    const deb = (name: string, version: string, architecture = 'amd64'): string =>
      buildDeb(join(work, 'debs'), { name, version, architecture });

    await t.test('what it says counts, in the order of its entries', async () => {
      const told: (readonly string[])[] = [];
      const entries: number[] = [];
      const steps = [
        (root: string): void => {
          makeDpkgDatabase(root);
          dpkgIn(root, ['--install', deb('aa', '1'), deb('bb', '1'), deb('ee', '1'), deb('ff', '1', 'all')]);
          dpkgIn(root, ['--install', ...MORE.map((name) => deb(name, '1'))]);
        },
        (root: string): void => {
          const others = MORE.map((name) => deb(name, '2'));
          killedIn(root, 'cc', ['--install', deb('aa', '2'), deb('cc', '1'), deb('ff', '2'), ...others]);
        },
        (root: string): void => killedIn(root, 'bb', ['--purge', 'bb', 'ee', ...MORE]),
        (root: string): void => dpkgIn(root, ['--configure', '--pending']),
      ];
      for (let height = 1; height <= steps.length; height += 1) {
        const { packages } = await arrangedImage(
          join(work, `image-${height}`),
          steps.slice(0, height),
          (root) => {
            told[height] = list(root);
            entries[height] = readdirSync(join(root, 'var/lib/dpkg/updates')).length;
          },
        );
        const found = packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`);
        assert.deepEqual(found.toSorted(), told[height], `after ${height} layers`);
      }
      assert.ok((entries[2] ?? 0) > 0 && (entries[3] ?? 0) > 0, `left ${entries.join(' ')} entries`);
      assert.equal(entries[4], 0);
    });
  });
});

/** dpkg at work until it says that a package's state has changed. */
function killedIn(root: string, name: string, args: readonly string[]): void {
  const logger = `while read line; do case "$line" in *": ${name}"*:*installed*) kill -9 $PPID; exit;; esac; done`;
  const all = [`--root=${root}`, '--log=/dev/null', '--force-depends', `--status-logger=${logger}`, ...args];
  const { signal, stderr } = spawnSync('dpkg', all, { encoding: 'utf8', timeout: 300_000 });
  assert.equal(signal, 'SIGKILL', stderr);
}

/** Every package that has files, as dpkg-query says. */
function list(root: string): readonly string[] {
  const format = '${db:Status-Status} ${Package} ${Version} ${Architecture}\n';
  const lines = runTool('dpkg-query', [
    '--admindir',
    join(root, 'var/lib/dpkg'),
    '--show',
    '--showformat',
    format,
  ]).split('\n');
  return lines
    .filter((line) => line !== '' && !/^(?:not-installed|config-files) /.test(line))
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .sort();
}
