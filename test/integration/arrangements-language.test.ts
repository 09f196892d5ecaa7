import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { compareLayers, packagesIn, write, type Arrangement } from '../support/arrangements.ts';
import { needsOverlay } from '../support/overlay-stack.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const app = 'srv/app';
const modules = `${app}/node_modules`;

function npmPackage(root: string, place: string, name: string, version: string): void {
  write(join(root, place, 'package.json'), JSON.stringify({ name, version }));
}

const npmArrangements: readonly Arrangement[] = [
  [
    'packages come',
    (root) => {
      npmPackage(root, app, 'app', '1.0.0');
      for (const name of ['a', 'b', 'c', 'd', 'e', '@s/f', 'c/node_modules/g', 'd/node_modules/g'])
        npmPackage(root, `${modules}/${name}`, name.replace(/.*node_modules\//, ''), '1.0.0');
    },
  ],
  [
    'one is replaced in place, one removed, and one with its scope',
    (root) => {
      npmPackage(root, `${modules}/a`, 'a', '2.0.0');
      rmSync(join(root, modules, 'b'), { recursive: true });
      rmSync(join(root, modules, '@s'), { recursive: true });
    },
  ],
  [
    'a folder is made anew, without what was in it',
    (root) => {
      rmSync(join(root, modules, 'c'), { recursive: true });
      npmPackage(root, `${modules}/c`, 'c', '3.0.0');
    },
  ],
  [
    'a folder becomes a file',
    (root) => {
      rmSync(join(root, modules, 'd'), { recursive: true });
      write(join(root, modules, 'd'), 'a file in place of a folder');
    },
  ],
  ['its mode changes', (root) => chmodSync(join(root, modules, 'e/package.json'), 0o600)],
  [
    'the same package comes twice, once as a hard link',
    (root) => {
      npmPackage(root, `${modules}/a/node_modules/e`, 'e', '1.5.0');
      mkdirSync(join(root, modules, 'c/node_modules/e'), { recursive: true });
      linkSync(
        join(root, modules, 'a/node_modules/e/package.json'),
        join(root, modules, 'c/node_modules/e/package.json'),
      );
    },
  ],
  [
    'all are moved, with a link left behind',
    (root) => {
      cpSync(join(root, modules), join(root, 'srv/elsewhere/node_modules'), { recursive: true });
      rmSync(join(root, modules), { recursive: true });
      symlinkSync('../elsewhere/node_modules', join(root, modules));
    },
  ],
  ['one is replaced through the link', (root) => npmPackage(root, `${modules}/c`, 'c', '4.0.0')],
];

/** npm does not look for packages below packages behind a link; in the folder that it leads to, it does. */
function npmList(root: string): readonly string[] {
  const script = 'cd "$1" && npm ls --all --parseable --long 2>/dev/null || true';
  const folders = [join(root, app), dirname(realpathSync(join(root, modules)))];
  return [...new Set(folders)].flatMap((folder) =>
    runTool('sh', ['-c', script, 'sh', folder])
      .split('\n')
      .flatMap((line) => /:((?:@[^@:]+|[^@:]+)@\d[^:]*)/.exec(line)?.[1] ?? []),
  );
}

const skipNpm = (await needsOverlay()) || needsCommands('npm');
test('npm packages of layers are those that npm lists in the mounted tree', { skip: skipNpm }, () =>
  compareLayers('npm', npmArrangements, npmList),
);

const site = 'usr/lib/python3/dist-packages';

function pythonPackage(root: string, name: string, version: string): void {
  const place = join(root, site, `${name}-${version}.dist-info`);
  write(join(place, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
  write(join(root, site, name, '__init__.py'), '');
}

const pythonArrangements: readonly Arrangement[] = [
  [
    'distributions come, of all kinds',
    (root) => {
      for (const name of ['one', 'two', 'three']) pythonPackage(root, name, '1.0');
      const old = 'Metadata-Version: 1.0\nName: old\nVersion: 0.1\n';
      write(join(root, site, 'old-0.1.egg-info'), old);
      write(join(root, site, 'older.egg-info/PKG-INFO'), old.replace('old', 'older'));
    },
  ],
  [
    'the list of files comes later than the metadata',
    (root) => write(join(root, site, 'one-1.0.dist-info/RECORD'), 'one/__init__.py,,\n'),
  ],
  [
    'one is upgraded',
    (root) => {
      rmSync(join(root, site, 'two-1.0.dist-info'), { recursive: true });
      pythonPackage(root, 'two', '2.0rc1');
    },
  ],
  ['an egg-info is removed', (root) => rmSync(join(root, site, 'old-0.1.egg-info'))],
  ['metadata is removed, its folder stays', (root) => rmSync(join(root, site, 'one-1.0.dist-info/METADATA'))],
  [
    'all of them are made anew',
    (root) => {
      rmSync(join(root, site), { recursive: true });
      pythonPackage(root, 'four', '4');
    },
  ],
];

const LIST_PYTHON = `
import sys
from importlib.metadata import distributions
for dist in distributions(path=[sys.argv[1]]):
    if dist.metadata and dist.metadata['Name']: print(f"{dist.metadata['Name']}@{dist.version}")
`;

const skipPython = (await needsOverlay()) || needsCommands('/usr/bin/python3');
test('Python distributions of layers are those that Python lists', { skip: skipPython }, () =>
  compareLayers('pypi', pythonArrangements, (root) =>
    runTool('/usr/bin/python3', ['-c', LIST_PYTHON, join(root, site)])
      .split('\n')
      .filter((line) => line !== ''),
  ),
);

function gem(root: string, home: string, name: string, version: string): void {
  const lines = [
    '# -*- encoding: utf-8 -*-',
    `# stub: ${name} ${version} ruby lib`,
    '',
    'Gem::Specification.new do |s|',
    `  s.name = "${name}".freeze`,
    `  s.version = "${version}"`,
    '  s.summary = "x".freeze',
    '  s.authors = ["y".freeze]',
    'end',
  ];
  write(join(root, home, 'specifications', `${name}-${version}.gemspec`), `${lines.join('\n')}\n`);
}

const home = 'usr/local/bundle';
const rubyArrangements: readonly Arrangement[] = [
  [
    'gems come',
    (root) => {
      for (const name of ['one', 'two', 'three']) gem(root, home, name, '1.0.0');
    },
  ],
  ['one comes in a second version', (root) => gem(root, home, 'one', '2.0.0')],
  ['one is removed', (root) => rmSync(join(root, home, 'specifications/two-1.0.0.gemspec'))],
  [
    'the home is moved',
    (root) => {
      cpSync(join(root, home), join(root, 'opt/gems'), { recursive: true });
      rmSync(join(root, home), { recursive: true });
      symlinkSync('/opt/gems', join(root, home));
    },
  ],
  [
    'one is renamed by hand',
    (root) => {
      const folder = join(root, 'opt/gems/specifications');
      renameSync(join(folder, 'three-1.0.0.gemspec'), join(folder, 'three-1.0.0.gemspec.off'));
    },
  ],
];

const LIST_RUBY =
  'Gem::Specification.each_gemspec(ARGV) { |f| s = Gem::Specification.load(f); puts "#{s.name}@#{s.version}" }';

const skipRuby = (await needsOverlay()) || needsCommands('ruby');
test('gems of layers are those that RubyGems lists', { skip: skipRuby }, () =>
  compareLayers('gem', rubyArrangements, (root) => {
    const real = existsSync(join(root, 'opt/gems')) ? 'opt/gems' : home;
    return runTool('ruby', ['-e', LIST_RUBY, join(root, real, 'specifications')])
      .split('\n')
      .filter((line) => line !== '');
  }),
);

const STORE = 'nix/store/0123456789abcdfghijklmnpqrsvwxyz-bash-5.2.15';
const SPDX = {
  spdxVersion: 'SPDX-2.3',
  packages: [
    {
      SPDXID: 'SPDXRef-Package-bash',
      name: 'bash',
      versionInfo: '5.2.15',
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: 'pkg:bitnami/bash@5.2.15',
        },
      ],
    },
  ],
};

test(
  'a program that conda, Nix or Bitnami installed is no second package',
  { skip: needsCommands('bash') },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallyman-arrangements-'));
    try {
      const [base, top] = [join(folder, 'base'), join(folder, 'top')];
      for (const place of ['opt/conda/bin', `${STORE}/bin`, 'opt/bitnami/bash/bin', 'usr/local/bin']) {
        mkdirSync(join(base, place), { recursive: true });
        cpSync('/bin/bash', join(base, place, 'bash'), { dereference: true });
      }
      const conda = { name: 'bash', version: '5.2.15', files: ['bin/bash'] };
      const record = 'opt/conda/conda-meta/bash-5.2.15-0.json';
      write(join(base, record), JSON.stringify(conda));
      write(join(base, 'opt/bitnami/bash/.spdx-bash.spdx'), JSON.stringify(SPDX));
      const guessed = async (layers: readonly string[]): Promise<readonly string[]> =>
        (await packagesIn(layers))
          .filter(({ type, name }) => type === 'generic' && name === 'bash')
          .flatMap(({ locations }) => locations.map(({ path }) => path));

      const types = (await packagesIn([base])).filter(({ name }) => name === 'bash').map(({ type }) => type);
      assert.deepEqual(types.toSorted(), ['bitnami', 'conda', 'generic', 'nix']);
      assert.deepEqual(await guessed([base]), ['usr/local/bin/bash']);

      write(join(top, record), '{}');
      assert.deepEqual(await guessed([base, top]), ['opt/conda/bin/bash', 'usr/local/bin/bash']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
