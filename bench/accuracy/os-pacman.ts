import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildPacmanPackage, pacmanIn } from '../../test/support/pacman.ts';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { listTree } from './listings.ts';
import { ownPackages } from './own-packages.ts';

/** This machine's own packages, made into pacman's and installed by pacman, by `pacman -Q`. */
export async function surveyPacman(place: Workplace): Promise<readonly Comparison[]> {
  const version = /Pacman v([\d.]+)/.exec(await command('pacman', ['--version']))?.[1] ?? '';
  const folder = join(place.folder, 'pacman');
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  const archives = (await ownPackages()).map(({ name, epoch, upstream, revision = '1' }) =>
    buildPacmanPackage(join(folder, 'packages'), {
      name,
      version: `${epoch === undefined ? '' : `${epoch}:`}${upstream.replaceAll('-', '_')}-${revision}`,
      files: [`usr/share/doc/${name}`],
    }),
  );
  pacmanIn(root, folder, ['--noconfirm', '--noscriptlet', '-Udd', ...archives]);
  const expected = new Set(pacmanIn(root, folder, ['-Q']).trim().split('\n'));
  const listings = await listTree(place, root, { withTrivy: false });
  const told = { ecosystem: 'pacman', oracle: `pacman -Q ${version}`, subject: 'own packages', expected };
  return [
    comparison(told, listings, (one) => (one.type === 'alpm' ? `${one.name} ${one.version}` : undefined)),
  ];
}
