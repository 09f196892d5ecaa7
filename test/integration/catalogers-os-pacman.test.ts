import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pacman } from '../../agent/catalogers/pacman/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { buildPacmanPackage, pacmanIn, type PacmanPackage } from '../support/pacman.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { errorsOf, foundPackages } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-pacman-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const packages: readonly PacmanPackage[] = [
  {
    name: 'tally-tools',
    version: '2:1.2.3-4',
    fields: [
      'pkgbase = tally',
      'packager = Someone <someone@example.org>',
      'license = MIT',
      'license = custom:tally',
      'depend = tally-libs>=1',
      'depend = libtally.so=1-64',
      'depend = sh',
    ],
    files: ['usr/bin/tt', 'usr/share/tally tools/a b', 'etc/tally.conf'],
    links: { 'usr/bin/tt2': 'tt' },
  },
  { name: 'tally-libs', version: '1.0.r5.gabc-1', files: ['usr/lib/libtally.so.1'] },
  { name: 'tally-meta', version: '1-1' },
];

test(
  'packages are those that pacman lists, with their files and what it knows of them',
  { skip: needsRoot() || needsCommands('pacman') },
  () => {
    const root = join(scratch, 'root');
    mkdirSync(root);
    const archives = packages.map((one) => buildPacmanPackage(join(scratch, 'built'), one));
    pacmanIn(root, scratch, ['--noconfirm', '--noscriptlet', '-Udd', ...archives]);

    const facts = catalogDirectory(root, pacman);
    assert.deepEqual(errorsOf(facts), []);
    const listed = pacmanIn(root, scratch, ['-Q']).trim().split('\n');
    assert.deepEqual(foundPackages(facts), listed.toSorted());
    assert.equal(listed.length, packages.length);

    const ours = facts.flatMap(({ claims = [] }) =>
      claims.flatMap(({ owner, files }) => files.map((path) => `${owner} ${join(root, path)}`)),
    );
    const theirs = pacmanIn(root, scratch, ['-Ql']).trim().split('\n');
    assert.deepEqual(ours.sort(), theirs.filter((line) => !line.endsWith('/')).sort());

    const [tools] = facts.flatMap(({ packages: found = [] }) =>
      found.filter(({ name }) => name === 'tally-tools'),
    );
    const known = pacmanIn(root, scratch, ['-Qi', 'tally-tools']);
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
