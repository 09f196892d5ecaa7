import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pacman } from '../../agent/catalogers/pacman/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-pacman-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const packages = [
  {
    info: [
      'pkgname = tally-tools',
      'pkgbase = tally',
      'pkgver = 2:1.2.3-4',
      'arch = x86_64',
      'packager = Someone <someone@example.org>',
      'license = MIT',
      'license = custom:tally',
      'depend = tally-libs>=1',
      'depend = libtally.so=1-64',
      'depend = sh',
    ],
    files: ['usr/bin/tt', 'usr/share/tally tools/a b', 'etc/tally.conf'],
  },
  {
    info: ['pkgname = tally-libs', 'pkgver = 1.0.r5.gabc-1', 'arch = any'],
    files: ['usr/lib/libtally.so.1'],
  },
  { info: ['pkgname = tally-meta', 'pkgver = 1-1', 'arch = any'], files: [] },
];

/** A package as makepkg lays it out: .PKGINFO first, then the files. */
function makePackage(at: number): string {
  const one = packages[at];
  assert.ok(one);
  const root = join(scratch, String(at));
  mkdirSync(root);
  writeFileSync(join(root, '.PKGINFO'), `${one.info.join('\n')}\n`);
  for (const path of one.files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  if (at === 0) symlinkSync('tt', join(root, 'usr/bin/tt2'));
  const archive = join(scratch, `${at}.pkg.tar`);
  const top = [...new Set(one.files.map((path) => path.split('/')[0] ?? ''))];
  runTool('tar', [
    '--create',
    '--owner=0',
    '--group=0',
    '--file',
    archive,
    '--directory',
    root,
    '.PKGINFO',
    ...top,
  ]);
  return archive;
}

test(
  'packages are those that pacman lists, with their files and what it knows of them',
  { skip: needsRoot() || needsCommands('pacman') },
  () => {
    const root = join(scratch, 'root');
    const database = join(root, 'var/lib/pacman');
    mkdirSync(database, { recursive: true });
    const configuration = join(scratch, 'pacman.conf');
    writeFileSync(
      configuration,
      '[options]\nArchitecture = x86_64\nSigLevel = Never\nLocalFileSigLevel = Never\n',
    );
    const common = ['--config', configuration, '--root', root, '--dbpath', database];
    const archives = packages.map((_, at) => makePackage(at));
    runTool('pacman', [...common, '--noconfirm', '--noscriptlet', '-Udd', ...archives]);

    const facts = catalogDirectory(root, pacman);
    assert.deepEqual(errorsOf(facts), []);
    const listed = runTool('pacman', [...common, '-Q'])
      .trim()
      .split('\n');
    assert.deepEqual(foundPackages(facts), listed.toSorted());
    assert.equal(listed.length, packages.length);

    const ours = facts.flatMap(({ claims = [] }) =>
      claims.flatMap(({ owner, files }) => files.map((path) => `${owner} ${join(root, path)}`)),
    );
    const theirs = runTool('pacman', [...common, '-Ql'])
      .trim()
      .split('\n');
    assert.deepEqual(ours.sort(), theirs.filter((line) => !line.endsWith('/')).sort());

    const [tools] = facts.flatMap(({ packages: found = [] }) =>
      found.filter(({ name }) => name === 'tally-tools'),
    );
    const known = runTool('pacman', [...common, '-Qi', 'tally-tools'], { env: { LC_ALL: 'C' } });
    const field = (name: string): string =>
      new RegExp(`^${name} +: (.*)$`, 'm').exec(known)?.[1]?.trim() ?? '';
    assert.equal(tools?.architecture, field('Architecture'));
    assert.equal(tools?.vendor, field('Packager'));
    assert.deepEqual(tools?.licenses, field('Licenses').split(/ {2,}/));
    assert.deepEqual(
      tools?.dependencies,
      field('Depends On')
        .split(/ {2,}/)
        .map((one) => one.replace(/[<>=].*/, ''))
        .filter((one) => !one.endsWith('.so')),
    );
    assert.equal(tools?.source?.name, 'tally');
  },
);
