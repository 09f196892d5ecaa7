import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison, type Wording } from './comparison.ts';
import { kept } from './kept.ts';
import { languageTree } from './language-owned.ts';
import { fullName, ofType } from './language-wording.ts';
import { listTree } from './listings.ts';

const QUIET = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];

/** Large programs and what they bring; several versions of the same packages, bundled ones, aliases. */
const TREES: Readonly<Record<string, string>> = {
  webapps: 'react-scripts @angular/cli @vue/cli-service @nestjs/cli jest eslint webpack express next',
  cloud:
    'aws-cdk-lib serverless npm@10 firebase-tools gatsby @babel/core5@npm:babel-core@6 lodash4@npm:lodash@4',
};
const GLOBAL = 'npm@10 typescript pnpm@9 yarn@1 @angular/cli http-server pm2 @oven/bun-linux-x64@1';
const DEPENDENCIES = {
  '@babel/preset-env': '^7.0.0',
  eslint: '^8.0.0',
  express: '^4.0.0',
  ini4: 'npm:ini@^4.0.0',
  jest: '^29.0.0',
  webpack: '^5.0.0',
};

const DEBIAN = {
  name: 'debian-node',
  pattern: /^node-[a-z]/,
  every: 8,
  also: ['eslint', 'libnode108', 'node-babel7', 'node-typescript', 'npm', 'webpack', 'yarnpkg'],
};

/** npm, pnpm, yarn and Bun, each asked about what it installed. */
export async function surveyNpm(place: Workplace): Promise<readonly Comparison[]> {
  const { owned } = await languageTree(place, 'Node', DEBIAN);
  const comparisons: Comparison[] = [owned];
  const compare = async (
    oracle: string,
    subject: string,
    tree: string,
    told: readonly string[],
  ): Promise<void> => {
    const about = { ecosystem: 'npm', oracle, subject, expected: new Set(told) };
    comparisons.push(comparison(about, await listTree(place, tree), isInstalled));
  };
  const npm = `npm ls ${await command('npm', ['--version'])}`;

  for (const [name, packages] of Object.entries(TREES)) {
    const tree = await kept(place, `npm-${name}`, async (folder) => {
      writeManifest(folder, {});
      await command('npm', ['install', ...QUIET, '--legacy-peer-deps', ...packages.split(' ')], folder);
    });
    await compare(npm, name, tree, await npmPackages(tree, []));
  }

  const shared = await kept(place, 'npm-global', async (folder) => {
    mkdirSync(folder);
    await command('npm', ['install', ...QUIET, '--global', '--prefix', folder, ...GLOBAL.split(' ')]);
  });
  // npm counts the folder that it asks about as a package; it has no manifest.
  await compare(npm, 'global prefix', shared, await npmPackages(shared, ['--global', '--prefix', shared]));

  const programs = join(shared, 'lib/node_modules');
  const pnpm = ['node', join(programs, 'pnpm/bin/pnpm.cjs')];
  const yarn = ['node', join(programs, 'yarn/bin/yarn.js')];
  const bun = [join(programs, '@oven/bun-linux-x64/bin/bun')];
  chmodSync(bun[0] ?? '', 0o755);

  const linked = await kept(place, 'npm-pnpm', (folder) =>
    install(folder, [...pnpm, 'install', '--ignore-scripts', '--store-dir', join(place.folder, 'store')]),
  );
  const list = await run([...pnpm, 'list', '--depth', 'Infinity', '--json'], linked);
  await compare(`pnpm list ${await run([...pnpm, '--version'], linked)}`, 'pnpm', linked, pnpmPackages(list));

  const classic = await kept(place, 'npm-yarn', (folder) =>
    install(folder, [...yarn, 'install', '--ignore-scripts', '--ignore-engines', '--silent']),
  );
  await compare(
    npm,
    `yarn ${await run([...yarn, '--version'], classic)}`,
    classic,
    await npmPackages(classic, []),
  );

  const fast = await kept(place, 'npm-bun', (folder) =>
    install(folder, [...bun, 'install', '--ignore-scripts']),
  );
  const bunList = await run([...bun, 'pm', 'ls', '--all'], fast);
  // Bun lists a package that has another name here by that name.
  const bunPackages = [...bunList.matchAll(/─ (\S+@\S+)/g)].map(([, one = '']) =>
    one.replace(/^ini4@/, 'ini@'),
  );
  await compare(`bun pm ls ${await run([...bun, '--version'], fast)}`, 'bun', fast, [
    'tree@1.0.0',
    ...bunPackages,
  ]);
  return comparisons;
}

/** Some programs bring packages in a folder that npm never looks into: pnpm its own `dist/node_modules`. */
const isInstalled: Wording = (one) =>
  one.paths.every((path) => path.includes('/dist/node_modules/')) && one.paths.length > 0
    ? undefined
    : ofType('npm')(one);

function writeManifest(folder: string, dependencies: Readonly<Record<string, string>>): void {
  mkdirSync(folder);
  const manifest = { name: 'tree', version: '1.0.0', private: true, dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
}

async function install(folder: string, line: readonly string[]): Promise<void> {
  writeManifest(folder, DEPENDENCIES);
  await run(line, folder);
}

async function run([program = '', ...args]: readonly string[], folder: string): Promise<string> {
  return await command(program, args, folder);
}

/** It ends with 1 where something optional is missing, and lists the rest all the same. */
async function npmPackages(folder: string, args: readonly string[]): Promise<readonly string[]> {
  const script = 'npm ls --all --parseable --long "$@" 2>/dev/null || true';
  const lines = await command('sh', ['-c', script, 'sh', ...args], folder);
  return lines.split('\n').flatMap((line) => {
    // A path, a colon, the alias and `@npm:` where there is one, the name and version, and words after a colon.
    const identity = line.slice(line.indexOf(':') + 1).replace(/^.*@npm:/, '');
    return /.@\d/.test(identity) ? [identity.replace(/:.*$/, '')] : [];
  });
}

interface PnpmEntry {
  readonly from?: string;
  readonly name?: string;
  readonly version: string;
  readonly path?: string;
  readonly dependencies?: Readonly<Record<string, PnpmEntry>>;
}

function pnpmPackages(json: string): readonly string[] {
  const found = new Set<string>();
  const add = (entries: PnpmEntry['dependencies']): void => {
    for (const [alias, entry] of Object.entries(entries ?? {})) {
      // What is for other systems is listed, and not there.
      if (entry.path !== undefined && !existsSync(entry.path)) continue;
      found.add(`${entry.from ?? alias}@${entry.version}`);
      add(entry.dependencies);
    }
  };
  for (const project of JSON.parse(json) as readonly PnpmEntry[]) {
    found.add(fullName(project));
    add(project.dependencies);
  }
  return [...found];
}
