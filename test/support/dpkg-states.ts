import { join } from 'node:path';
import { buildDeb, dpkgIn, makeDpkgDatabase, type DebToBuild } from './debs.ts';

/** Makes a tree whose packages are in every state that dpkg knows, put there by dpkg. Gives its path. Needs root. */
export function makeDpkgStates(folder: string): string {
  const root = join(folder, 'root');
  const deb = (one: DebToBuild): string => buildDeb(join(folder, 'debs'), one);
  makeDpkgDatabase(root);
  dpkgIn(root, ['--add-architecture', 'arm64']);

  dpkgIn(root, [
    '--install',
    deb({ name: 'plain' }),
    deb({ name: 'indifferent', architecture: 'all' }),
    deb({ name: 'two', fields: ['Multi-Arch: same'] }),
    deb({ name: 'two', fields: ['Multi-Arch: same'], architecture: 'arm64' }),
    deb({ name: 'rebuilt', version: '3:1.0~rc1+dfsg-2+b1', fields: ['Source: built (3:1.0~rc1+dfsg-2)'] }),
    deb({ name: 'native', version: '2024a', fields: ['Source: natural'] }),
    deb({ name: 'dashes', version: '0-1-2-3', fields: ['X-Odd: Package: other'] }),
    deb({ name: 'held' }),
    deb({ name: 'leaving' }),
    deb({ name: 'changing', version: '1' }),
    deb({ name: 'interested', triggers: ['interest /usr/share/activating'] }),
    deb({
      name: 'configured',
      files: ['etc/configured', 'usr/bin/configured'],
      configuration: ['etc/configured'],
    }),
    deb({ name: 'purged' }),
  ]);
  dpkgIn(root, ['--install', deb({ name: 'changing', version: '2:0.1' })]);
  dpkgIn(root, ['--remove', 'configured']);
  dpkgIn(root, ['--purge', 'purged']);
  dpkgIn(root, ['--record-avail', deb({ name: 'wanted' })]);
  dpkgIn(root, ['--set-selections'], { input: 'held hold\nwanted install\nleaving deinstall\n' });

  dpkgIn(root, ['--unpack', deb({ name: 'unpacked' })]);
  dpkgIn(root, ['--install', deb({ name: 'half-configured', failing: ['postinst'] })], { mayFail: true });
  dpkgIn(root, ['--install', deb({ name: 'half-installed', failing: ['preinst', 'postrm'] })], {
    mayFail: true,
  });
  dpkgIn(root, ['--no-triggers', '--install', deb({ name: 'activating' })]);
  return root;
}
