import { linkSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listedBy, write, testInLayers, type Kind } from '../support/arrangements.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

/** As `npm ls` does: what npm's own reader of trees finds in each of them. */
const LIST_NPM = `
const [npm, ...roots] = process.argv.slice(1);
const Arborist = require('node:module').createRequire(npm)('@npmcli/arborist');
(async () => {
  for (const path of roots)
    for (const { isRoot, isLink, location, name, version } of (await new Arborist({ path }).loadActual()).inventory.values())
      if (!isRoot && !isLink && version) console.log(path + '/' + location + '/package.json\\t' + name + '@' + version);
})();`;

function npmPackage(root: string, place: string, name: string, version: string): void {
  write(join(root, place, 'package.json'), JSON.stringify({ name, version }));
}

const modules = 'opt/moved/node_modules';

const npm: Kind = {
  name: 'npm',
  cataloger: 'npm',
  folder: 'srv/app',
  file: (name) => `node_modules/${name}/package.json`,
  content: (name, version) => JSON.stringify({ name, version }),
  nothing: '{}',
  list(files) {
    const path = realpathSync(runTool('sh', ['-c', 'command -v npm']).trim());
    const roots = files.flatMap((file) =>
      file.includes('/node_modules/') ? (file.split('/node_modules/')[0] ?? '') : [],
    );
    return listedBy(process.execPath, ['-e', LIST_NPM, path], [...new Set(roots)]);
  },
  more: [
    [
      'packages come with a scope, and below others',
      (root) => {
        npmPackage(root, `${modules}/@s/lemon`, '@s/lemon', '1.0.0');
        for (const name of ['delta', 'bravo'])
          npmPackage(root, `${modules}/${name}/node_modules/lemon`, 'lemon', '1.0.0');
      },
    ],
    [
      'those are linked, go with the scope, and with the folder that they were below',
      (root) => {
        mkdirSync(join(root, modules, 'alpha/node_modules/lemon'), { recursive: true });
        linkSync(
          join(root, modules, 'delta/node_modules/lemon/package.json'),
          join(root, modules, 'alpha/node_modules/lemon/package.json'),
        );
        rmSync(join(root, modules, '@s'), { recursive: true });
        rmSync(join(root, modules, 'bravo'), { recursive: true });
        npmPackage(root, `${modules}/bravo`, 'bravo', '3.0.0');
      },
    ],
  ],
};

const LIST_PYTHON = `
import os, sys
from importlib.metadata import distributions
for path in sorted({os.path.dirname(one) for one in sys.argv[1:]}):
    for folder in (path, os.path.dirname(path)):
        for dist in distributions(path=[folder]):
            if not dist.metadata or not dist.metadata['Name']: continue
            file = next(one for one in (dist._path / 'METADATA', dist._path / 'PKG-INFO', dist._path) if one.is_file())
            print(f"{file}\\t{dist.metadata['Name']}@{dist.version}")
`;

const python: Kind = {
  name: 'Python',
  cataloger: 'python',
  folder: 'usr/lib/python3/dist-packages',
  moved: 'opt/moved/site-packages',
  file: (name, version) => `${name}-${version}.dist-info/METADATA`,
  content: (name, version) => `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
  nothing: 'nothing of use',
  list: (files) => listedBy('/usr/bin/python3', ['-c', LIST_PYTHON], files),
  more: [
    [
      'eggs come, and a list of files, later than the metadata',
      (root) => {
        const site = join(root, 'opt/moved/site-packages');
        const old = 'Metadata-Version: 1.0\nName: olive\nVersion: 0.1\n';
        write(join(site, 'olive-0.1.egg-info'), old);
        write(join(site, 'older.egg-info/PKG-INFO'), old.replace('olive', 'older'));
        write(join(site, 'delta-1.0.0.dist-info/RECORD'), 'delta/__init__.py,,\n');
      },
    ],
    [
      'an egg is removed, and metadata whose folder stays',
      (root) => {
        rmSync(join(root, 'opt/moved/site-packages/olive-0.1.egg-info'));
        rmSync(join(root, 'opt/moved/site-packages/delta-1.0.0.dist-info/METADATA'));
      },
    ],
  ],
};

const LIST_RUBY = `
ARGV.grep(/\\.gemspec$/) do |file|
  gem = Gem::Specification.load(file)
  puts "#{file}\\t#{gem.name}@#{gem.version}" if gem
end`;

const ruby: Kind = {
  name: 'Ruby',
  cataloger: 'ruby',
  folder: 'usr/local/bundle',
  file: (name, version) => `specifications/${name}-${version}.gemspec`,
  content: (name, version) =>
    `# -*- encoding: utf-8 -*-\n# stub: ${name} ${version} ruby lib\n\nGem::Specification.new do |s|\n  s.name = "${name}".freeze\n  s.version = "${version}"\n  s.summary = "x".freeze\n  s.authors = ["y".freeze]\nend\n`,
  nothing: '# nothing of use\n',
  list: (files) => listedBy('ruby', ['-W0', '-e', LIST_RUBY], files),
  more: [
    [
      'one is renamed by hand',
      (root) => {
        const file = join(root, 'opt/moved/specifications/delta-1.0.0.gemspec');
        renameSync(file, `${file}.off`);
      },
    ],
  ],
};

await testInLayers([
  [npm, needsCommands('npm')],
  [python, needsCommands('/usr/bin/python3')],
  [ruby, needsCommands('ruby')],
]);
