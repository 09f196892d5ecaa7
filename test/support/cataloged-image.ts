import type { TarEntry } from '../../cli/demo/tar-writer.ts';

/** What an image of `catalogedLayers` holds, once merged, in order of purl. */
export const CATALOGED_PURLS: readonly string[] = [
  'pkg:deb/debian/base-files@12.4%2Bdeb12u5?arch=amd64&distro=debian-12',
  'pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12',
  'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl',
  'pkg:npm/%40ours/app@1.0.0',
  'pkg:npm/semver@7.5.4',
  'pkg:pypi/requests@2.31.0',
];

/**
 * Layers, base first, with what merging is about: a package database that grows, packages that a whiteout, an opaque
 * folder and a replaced folder hide, and a file that cannot be parsed.
 */
export const catalogedLayers: readonly (readonly TarEntry[])[] = [
  [
    directory('etc'),
    {
      path: 'etc/os-release',
      content: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    },
    ...directories('var/lib/dpkg/info'),
    {
      path: 'var/lib/dpkg/status',
      content: status('base-files 12.4+deb12u5', 'libssl3 3.0.11-1~deb12u2 openssl'),
    },
    { path: 'var/lib/dpkg/info/base-files.list', content: '/.\n/etc\n/etc/os-release\n' },
  ],
  [
    ...directories('srv/app/node_modules/semver'),
    ...directories('srv/app/node_modules/gone').slice(3),
    ...directories('srv/old/node_modules/hidden').slice(1),
    ...directories('srv/swap/node_modules/replaced').slice(1),
    manifest('srv/app', {
      name: '@ours/app',
      version: '1.0.0',
      license: 'MIT or Apache-2.0',
      dependencies: { semver: '^7' },
    }),
    manifest('srv/app/node_modules/semver', { name: 'semver', version: '7.5.4', license: 'ISC' }),
    manifest('srv/app/node_modules/gone', { name: 'gone', version: '1.0.0' }),
    manifest('srv/old/node_modules/hidden', { name: 'hidden', version: '1.0.0' }),
    manifest('srv/swap/node_modules/replaced', { name: 'replaced', version: '1.0.0' }),
  ],
  [
    { path: 'srv/app/node_modules/.wh.gone' },
    directory('srv/old'),
    { path: 'srv/old/.wh..wh..opq' },
    { path: 'srv/swap', content: 'a file now' },
    {
      path: 'var/lib/dpkg/status',
      content: status('base-files 12.4+deb12u5', 'curl 7.88.1-10', 'libssl3 3.0.11-1~deb12u2 openssl'),
    },
    ...directories('usr/lib/python3/dist-packages/requests-2.31.0.dist-info'),
    {
      path: 'usr/lib/python3/dist-packages/requests-2.31.0.dist-info/METADATA',
      content: 'Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\nLicense: Apache 2.0\n\n',
    },
    ...directories('srv/app/node_modules/broken').slice(3),
    { path: 'srv/app/node_modules/broken/package.json', content: '{"name": "broken", ' },
  ],
];

function directory(path: string): TarEntry {
  return { path, type: 'directory' };
}

/** A folder and those it is in, as a build would write them. */
function directories(path: string): TarEntry[] {
  const names = path.split('/');
  return names.map((_, at) => directory(names.slice(0, at + 1).join('/')));
}

function manifest(folder: string, content: object): TarEntry {
  return { path: `${folder}/package.json`, content: JSON.stringify(content) };
}

/** dpkg's database (deb-status): each package as `name version [source]`. */
function status(...packages: readonly string[]): string {
  const paragraphs = packages.map((one) => {
    const [name, version, source] = one.split(' ');
    const lines = [
      `Package: ${name}`,
      'Status: install ok installed',
      'Architecture: amd64',
      `Version: ${version}`,
    ];
    return [...lines, ...(source === undefined ? [] : [`Source: ${source}`])].join('\n');
  });
  return `${paragraphs.join('\n\n')}\n`;
}
