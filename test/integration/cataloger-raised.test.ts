import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, lutimesSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { catalogers } from '../../agent/catalogers/index.ts';
import { createLayerScanner } from '../../agent/layers/worker/layer-scanner.ts';
import { needsRoot } from '../support/requirements.ts';

const FILES: Readonly<Record<string, string>> = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/hostname': 'a\n',
  'var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n',
  'var/lib/dpkg/info/a.list': '/.\n/usr/share/doc/a\n',
  'srv/app/package.json': '{"name": "app", "version": "1.0.0"}',
  'srv/app/node_modules/one/package.json': '{"name": "one", "version": "1.0.0"}',
  'srv/app/node_modules/one/index.js': 'export {};',
  'srv/app/node_modules/@scope/two/package.json': '{"name": "@scope/two", "version": "2.0.0"}',
};

/** A file system that notes each read of a file or a folder as its time of access, whatever it was before. */
function watchedFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-reads-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'strictatime,size=1m', 'tallyman-reads', folder]);
  context.after(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Everything below a folder, itself included. Reading the names is a read too: so this comes before `forgetReads`. */
function everything(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return ['', ...below].toSorted((a, b) => (a < b ? -1 : 1));
}

function forgetReads(folder: string, paths: readonly string[]): void {
  for (const path of paths) lutimesSync(join(folder, path), 0, 0);
}

function reads(folder: string, paths: readonly string[]): string[] {
  return paths.filter((path) => lstatSync(join(folder, path)).atimeMs > 0);
}

test(
  'a cataloger whose version was raised reads its candidates anew, and no folder',
  { skip: needsRoot() },
  async (context) => {
    const folder = watchedFolder(context);
    const scanner = createLayerScanner();
    context.after(() => scanner.close());
    const job = { diffId: 'sha256:watched', location: { kind: 'overlay-directory', path: folder } } as const;
    const paths = everything(folder);
    const folders = paths.filter((path) => lstatSync(join(folder, path)).isDirectory());

    forgetReads(folder, paths);
    const first = await scanner.scan({ ...job, catalogers: catalogers.map(({ id }) => id) });
    assert.deepEqual(
      reads(folder, paths).filter((path) => folders.includes(path)),
      folders,
      'the first scan lists every folder, so reads are seen',
    );
    assert.ok(first.encodedIndex);

    for (const [cataloger, candidates] of [
      ['npm', /package\.json$/],
      ['os-release', /^etc\/os-release$/],
      ['rpm', /^nothing$/],
    ] as const) {
      forgetReads(folder, paths);
      const again = await scanner.scan({ ...job, catalogers: [cataloger], storedIndex: first.encodedIndex });
      assert.deepEqual(
        reads(folder, paths),
        paths.filter((path) => candidates.test(path)),
      );
      assert.deepEqual(
        again.facts,
        first.facts.filter((one) => one.cataloger === cataloger),
      );
    }
  },
);
