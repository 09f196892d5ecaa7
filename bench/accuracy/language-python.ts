import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { languageTree } from './language-owned.ts';
import { ofType } from './language-wording.ts';
import { listTree } from './listings.ts';

const DEBIAN = {
  name: 'debian-python',
  pattern: /^python3-[a-z]/,
  every: 16,
  also: [
    ...['ansible-core', 'libpython3-stdlib', 'libpython3.11-minimal', 'libpython3.11-stdlib', 'pre-commit'],
    ...['python3-cryptography', 'python3-django', 'python3-minimal', 'python3-numpy', 'python3-pip'],
    ...[
      'python3-pip-whl',
      'python3-poetry',
      'python3-pyutilib',
      'python3-setuptools',
      'python3-setuptools-whl',
    ],
    ...['python3-sqlalchemy', 'python3-wheel', 'virtualenv'],
  ],
};

/** Python's own word on what is installed in the folders that it searches. */
const LIST = `
import sys
from importlib.metadata import distributions
for dist in distributions(path=sys.argv[1:]):
    print(f"{dist.metadata['Name']}@{dist.version}")
`;

/** Debian's Python packages and a virtual environment, by importlib.metadata and pip. */
export async function surveyPython(place: Workplace): Promise<readonly Comparison[]> {
  const python = (await command('/usr/bin/python3', ['--version'])).replace('Python ', '');
  const { folder, owned } = await languageTree(place, 'Python', DEBIAN);
  const sites = ['usr/lib/python3/dist-packages', 'usr/lib/python3.11'].map((path) => join(folder, path));
  const told = await command('/usr/bin/python3', ['-c', LIST, ...sites]);
  const debian = {
    ecosystem: 'python',
    oracle: `importlib.metadata ${python}`,
    subject: "Debian's packages",
    expected: lines(told),
  };

  const environment = join(place.folder, 'environment');
  await command('/usr/bin/python3', ['-m', 'venv', environment]);
  const program = join(environment, 'bin/python');
  const wheels = join(folder, 'usr/share/python-wheels');
  const files = readdirSync(wheels).filter((name) => name.endsWith('.whl'));
  const install = ['-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps'];
  for (const file of files) await command(program, [...install, join(wheels, file)]);
  const listed = await command(program, ['-m', 'pip', 'list', '--format', 'freeze']);
  const venv = {
    ecosystem: 'python',
    oracle: `pip list ${/^pip==(.*)$/m.exec(listed)?.[1] ?? ''}`,
    subject: 'virtual environment',
    expected: lines(listed.replaceAll('==', '@')),
  };
  return [
    owned,
    comparison(debian, await listTree(place, folder), ofType('pypi')),
    comparison(venv, await listTree(place, environment), ofType('pypi')),
  ];
}

function lines(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter((line) => line !== ''));
}
