import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { listTree } from './listings.ts';
import { ownPackages } from './own-packages.ts';

const LENGTH_OF_HASH = 33;

/** A store that Nix fills, by the paths that Nix says it holds and the names and versions it parses of them. */
export async function surveyNix(place: Workplace): Promise<readonly Comparison[]> {
  const version = (await command('nix-store', ['--version'])).split(' ').at(-1) ?? '';
  const folder = join(place.folder, 'nix');
  const root = join(folder, 'root');
  mkdirSync(folder);
  const names = (await ownPackages()).map(({ name, upstream }) =>
    `${name.replaceAll(/[^a-z0-9]/g, '-')}-${upstream}`.replaceAll(/[^A-Za-z0-9+\-._?=]/g, '_'),
  );
  const list = [...new Set(names)].map((name) => `"${name}"`).join(' ');
  const expression = join(folder, 'fill.nix');
  writeFileSync(expression, `map (name: builtins.toFile name name) [ ${list} ]`);
  const nix = (...args: readonly string[]): Promise<string> =>
    command('env', [`HOME=${folder}`, `NIX_STATE_DIR=${join(folder, 'state')}`, ...args]);
  await nix('nix-instantiate', '--store', root, '--eval', '--read-write-mode', '--strict', expression);
  const flags = ['--extra-experimental-features', 'nix-command', '--store', root];
  const paths = (await nix('nix', 'path-info', '--all', ...flags)).split('\n');
  const found = paths.map((path) => `"${basename(path).slice(LENGTH_OF_HASH)}"`).join(' ');
  const parse = `map builtins.parseDrvName [ ${found} ]`;
  const parsed = JSON.parse(
    await nix('nix-instantiate', '--store', root, '--eval', '--strict', '--json', '-E', parse),
  ) as readonly { readonly name: string; readonly version: string }[];
  const expected = new Set(parsed.map((one) => `${one.name} ${one.version}`));

  const compare = async (subject: string): Promise<Comparison> => {
    const listings = await listTree(place, root, { withTrivy: false });
    const told = { ecosystem: 'nix', oracle: `nix path-info ${version}`, subject, expected };
    return comparison(told, listings, (one) =>
      one.type === 'nix' ? `${one.name} ${one.version}` : undefined,
    );
  };
  const whole = await compare('a store with its database');
  rmSync(join(root, 'nix/var'), { recursive: true });
  return [whole, await compare('a store without')];
}
