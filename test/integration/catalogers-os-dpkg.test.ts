import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dpkg } from '../../agent/catalogers/dpkg/index.ts';
import { osRelease } from '../../agent/catalogers/os-release/index.ts';
import type { FactContent } from '../../core/facts.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { makeDebianRoot } from '../support/debian-root.ts';
import { bufferFile } from '../support/layer-file.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const FIELDS =
  '${Package} ${Version} ${Architecture} ${source:Package} ${source:Version} ${db:Status-Status}\n';

/** All that dpkg itself says is on disk, in any state but gone. */
function dpkgPackages(root: string): string[] {
  const query = ['--admindir', join(root, 'var/lib/dpkg'), '--show', '--showformat', FIELDS];
  return execFileSync('dpkg-query', query, { encoding: 'utf8', maxBuffer: 1e8 })
    .trim()
    .split('\n')
    .filter((line) => !/ (?:not-installed|config-files)$/.test(line))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .toSorted();
}

function ourPackages(facts: readonly FactContent[]): string[] {
  return facts
    .flatMap(({ packages = [] }) => packages)
    .map(({ name, version, architecture, source }) =>
      [name, version, architecture, source?.name, source?.version].join(' '),
    )
    .toSorted();
}

/** `PACKAGE PATH` of every claimed path that is there and neither a directory nor a link to one. */
function onDisk(root: string, claims: Iterable<readonly [string, string]>): Set<string> {
  return new Set(
    [...claims]
      .filter(([, path]) => {
        const there = lstatSync(join(root, path), { throwIfNoEntry: false });
        const target = statSync(join(root, path), { throwIfNoEntry: false });
        return there !== undefined && target?.isDirectory() !== true;
      })
      .map((claim) => claim.join(' ')),
  );
}

/** `dpkg-query --listfiles`, for all packages in one call; blank lines are between packages. */
function dpkgFiles(root: string, names: readonly string[]): (readonly [string, string])[] {
  const query = ['--admindir', join(root, 'var/lib/dpkg'), '--listfiles', ...names];
  const lists = execFileSync('dpkg-query', query, { encoding: 'utf8', maxBuffer: 1e8 }).split('\n\n');
  return lists.flatMap((list, at) =>
    list
      .split('\n')
      .filter((line) => line.startsWith('/'))
      .map((line) => [names[at] ?? '', line.slice(1)] as const),
  );
}

describe('dpkg, on a Debian root', { skip: needsRoot() || needsCommands('mmdebstrap', 'dpkg-query') }, () => {
  let directory = '';
  let root = '';
  before(
    async () => {
      directory = mkdtempSync(join(tmpdir(), 'tallyman-dpkg-'));
      root = join(directory, 'root');
      await makeDebianRoot(root);
    },
    { timeout: 300_000 },
  );
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('the packages are those that dpkg lists: none missing, none surplus', () => {
    const packages = ourPackages(catalogDirectory(root, dpkg));
    assert.ok(packages.length > 50);
    assert.deepEqual(packages, dpkgPackages(root));
  });

  test('each file belongs to the package that dpkg says', () => {
    const facts = catalogDirectory(root, dpkg);
    const claims = facts.flatMap(({ claims: found = [] }) => found);
    const ours = claims.flatMap(({ owner, files }) => files.map((file) => [owner, file] as const));
    const names = facts.flatMap(({ packages = [] }) => packages).map(({ name }) => name);
    const expected = onDisk(root, dpkgFiles(root, names));
    assert.ok(expected.size > 2000);
    const claimed = onDisk(root, ours);
    const missing = [...expected].filter((claim) => !claimed.has(claim));
    const surplus = [...claimed].filter((claim) => !expected.has(claim));
    assert.deepEqual({ missing, surplus }, { missing: [], surplus: [] });
  });

  test('every dependency that is there is named', () => {
    const packages = catalogDirectory(root, dpkg).flatMap((fact) => fact.packages ?? []);
    const names = new Set(packages.map(({ name }) => name));
    const unmet = packages.flatMap(({ name, dependencies = [] }) =>
      dependencies
        .filter((dependency) => !names.has(dependency))
        .map((dependency) => `${name}: ${dependency}`),
    );
    assert.deepEqual(unmet, []);
    assert.ok(packages.find(({ name }) => name === 'apt')?.dependencies?.includes('libc6'));
  });

  test('the release is the one that the files name', () => {
    const facts = catalogDirectory(root, osRelease);
    const [older, release] = ['etc/debian_version', 'usr/lib/os-release'].map(
      (path) => facts.find((fact) => fact.path === path)?.release,
    );
    assert.ok(['debian', 'ubuntu'].includes(release?.id ?? ''));
    assert.notEqual(release?.versionCodename, undefined);
    assert.equal(older?.id, 'debian');
  });
});

test("this machine's own packages are those that dpkg lists", { skip: needsCommands('dpkg-query') }, () => {
  const content = dpkg.parse(bufferFile('var/lib/dpkg/status', readFileSync('/var/lib/dpkg/status')));
  assert.deepEqual(ourPackages([content]), dpkgPackages('/'));
});
