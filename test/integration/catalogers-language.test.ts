import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { npm } from '../../agent/catalogers/npm/index.ts';
import { python } from '../../agent/catalogers/python/index.ts';
import type { Fact, PackageRecord } from '../../core/facts.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';

const repository = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'tallyman-languages-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 300_000,
    ...options,
    env: { ...process.env, ...options.env },
  });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

function fullName({ namespace, name }: PackageRecord): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function errorsOf(facts: readonly Fact[]): readonly string[] {
  return facts.filter(({ status }) => status === 'error').map(({ path, message }) => `${path}: ${message}`);
}

test('npm packages are those that npm lists, place by place', { skip: needsCommands('npm') }, () => {
  const facts = catalogDirectory(repository, npm).filter(({ path }) =>
    /^(?:node_modules\/|package\.json$)/.test(path),
  );
  const ours = facts.flatMap(({ path, packages = [] }) =>
    packages.map((one) => `${dirname(path)} ${fullName(one)} ${one.version}`),
  );
  const listed = run('npm', ['ls', '--all', '--parseable', '--long'], { cwd: repository });
  const theirs = listed
    .trim()
    .split('\n')
    .map((line) => {
      const [path = '', identity = ''] = line.split(/:(?=.)/);
      const [, name = '', version = ''] = /^(?:.+@npm:)?(.+)@(.+)$/.exec(identity) ?? [];
      return `${relative(repository, path) || '.'} ${name} ${version}`;
    });
  assert.ok(theirs.length > 100);
  assert.deepEqual(ours.toSorted(), [...new Set(theirs)].sort());
  assert.deepEqual(errorsOf(facts), []);
});

const listDistributions = `
import json, sys
from importlib.metadata import distributions
found = {}
for dist in distributions(path=[sys.argv[1]]):
    files = [str(file.locate().resolve()) for file in dist.files or [] if file.suffix != '.pyc']
    found[f"{dist.metadata['Name']} {dist.version}"] = sorted(files)
json.dump(found, sys.stdout)
`;

function pythonLists(site: string): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(run('/usr/bin/python3', ['-c', listDistributions, site]));
}

function pythonPackages(facts: readonly Fact[]): readonly string[] {
  return [
    ...new Set(facts.flatMap(({ packages = [] }) => packages.map((one) => `${one.name} ${one.version}`))),
  ];
}

const system = '/usr/lib/python3/dist-packages';

test(
  "Debian's Python packages are those that Python lists",
  { skip: !existsSync(`${system}/pip`) && 'needs python3-pip' },
  () => {
    const facts = catalogDirectory(system, python);
    assert.deepEqual(pythonPackages(facts).toSorted(), Object.keys(pythonLists(system)).sort());
    assert.deepEqual(errorsOf(facts), []);
  },
);

const listNeeds = `
import json, re, sys
from importlib.metadata import distributions
found = {}
for dist in distributions(path=[sys.argv[1]]):
    needed = [one for one in dist.requires or [] if not re.search(r';.*\\bextra\\b', one)]
    found[f"{dist.metadata['Name']} {dist.version}"] = sorted({re.match(r'[\\w.-]+', one)[0] for one in needed})
json.dump(found, sys.stdout)
`;

const makeEgg = `
import setuptools, sys
setuptools.setup(
    name='tally-egg', version='1.0', py_modules=[], script_args=['-q', 'egg_info', '-e', sys.argv[1]],
    install_requires=['Django>=1.8,<2', 'importlib-metadata; python_version < "3.8"', 'pytz'],
    extras_require={'async': ['asgiref'], ':sys_platform == "win32"': ['colorama'], 'b:python_version > "3"': ['six']},
)
`;

test(
  'what a Python package needs is what Python lists, of eggs too',
  { skip: !existsSync(`${system}/setuptools`) && 'needs python3-setuptools' },
  () => {
    const eggs = join(scratch, 'eggs');
    mkdirSync(eggs);
    run('/usr/bin/python3', ['-c', makeEgg, eggs], { cwd: eggs });
    for (const place of [eggs, system]) {
      const packages = catalogDirectory(place, python).flatMap((fact) => fact.packages ?? []);
      const ours = packages.map((one) => [`${one.name} ${one.version}`, one.dependencies?.toSorted() ?? []]);
      const theirs = JSON.parse(run('/usr/bin/python3', ['-c', listNeeds, place]));
      assert.ok(ours.length > 0);
      assert.deepEqual(Object.fromEntries(ours), theirs);
    }
  },
);

const makeWheel = `
import sys, zipfile
info = 'tally_demo-1.2.post3.dist-info/'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('tally_demo/__init__.py', 'def main(): pass\\n')
    wheel.writestr('tally_demo/data, with comma.txt', 'x')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: Tally.Demo\\nVersion: 1.2.post3\\nLicense: MIT\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'entry_points.txt', '[console_scripts]\\ntally-demo = tally_demo:main\\n')
    wheel.writestr(info + 'RECORD', '')
`;

test(
  'a wheel that pip installed is found, with every file that it put anywhere',
  { skip: !existsSync(`${system}/pip`) && 'needs python3-pip' },
  () => {
    const root = join(scratch, 'python');
    const wheel = join(scratch, 'tally_demo-1.2.post3-py3-none-any.whl');
    run('/usr/bin/python3', ['-c', makeWheel, wheel]);
    run('/usr/bin/python3', [
      '-m',
      'pip',
      'install',
      '--no-index',
      '--no-deps',
      '--disable-pip-version-check',
      '--prefix',
      join(root, 'opt'),
      wheel,
    ]);
    const facts = catalogDirectory(root, python);
    assert.deepEqual(pythonPackages(facts), ['Tally.Demo 1.2.post3']);
    const record = facts.find(({ path }) => path.endsWith('/RECORD'));
    assert.ok(record);
    const site = join(root, dirname(dirname(record.path)));
    const theirs = pythonLists(site)['Tally.Demo 1.2.post3']?.map((path) => relative(root, path));
    const [claim] = record.claims ?? [];
    assert.equal(claim?.owner, 'Tally.Demo');
    assert.deepEqual(claim.files.toSorted(), theirs);
    assert.ok(claim.files.some((path) => path.endsWith('/bin/tally-demo')));
  },
);
