import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type { Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { listTree } from './listings.ts';
import { ownPackages } from './own-packages.ts';

const SHORT = 'so:libc.musl-x86_64.so.1 !conflicting';
/** Longer than the line that readers take by default. */
const LONG = Array.from({ length: 8000 }, (_, at) => `so:libnumber${at}.so.${at}`).join(' ');

interface Identity {
  readonly name: string;
  readonly version: string;
}

interface WrittenDatabase {
  readonly ecosystem: string;
  /** Of their purls. */
  readonly type: string;
  readonly format: string;
  readonly subject?: string;
  /** Files of the tree by path. */
  readonly files: (packages: readonly Identity[]) => Readonly<Record<string, string | Uint8Array>>;
  readonly trivyKnows: boolean;
}

const DATABASES: readonly WrittenDatabase[] = [
  apkDatabase('own packages', () => SHORT),
  apkDatabase('a requirement list of 200 KiB', (at) => (at === 1 ? LONG : SHORT)),
  {
    ecosystem: 'opkg',
    type: 'opkg',
    format: "opkg's status",
    trivyKnows: false,
    files: (packages) => ({
      'etc/os-release': 'ID=openwrt\nVERSION_ID=23.05\n',
      'usr/lib/opkg/status': packages
        .map(
          ({ name, version }) =>
            `Package: ${name}\nVersion: ${version}\nDepends: libc, ${name}-data\nStatus: install user installed\nArchitecture: x86_64\nInstalled-Time: 1700000000\n`,
        )
        .join('\n'),
    }),
  },
  {
    ecosystem: 'portage',
    type: 'ebuild',
    format: 'portage(5)',
    trivyKnows: false,
    files: (packages) =>
      Object.fromEntries(
        packages.map(({ name, version }) => [
          `var/db/pkg/app-misc/${name}-${version}/CONTENTS`,
          `dir /usr\nobj /usr/share/${name} d41d8cd98f00b204e9800998ecf8427e 1700000000\n`,
        ]),
      ),
  },
  {
    ecosystem: 'chisel',
    type: 'deb',
    format: "Chisel's manifest",
    trivyKnows: false,
    files: (packages) => ({
      'etc/os-release': 'ID=ubuntu\nVERSION_ID="24.04"\n',
      'var/lib/chisel/manifest.wall': zstdCompressSync(
        [
          `{"jsonwall":"1.0","schema":"1.0","count":${packages.length + 1}}`,
          ...packages.map((one) => JSON.stringify({ kind: 'package', ...one, arch: 'amd64' })),
          '',
        ].join('\n'),
      ),
    }),
  },
];

/** Databases that no tool here can read: written by their documented format, so the truth is what was written. */
export async function surveyWritten(place: Workplace): Promise<readonly Comparison[]> {
  const packages = (await ownPackages()).map(({ name, upstream }, at) => ({
    name: name.replaceAll(/[^a-z0-9]/g, '-'),
    version: `${/^\d+(?:\.\d+)*/.exec(upstream)?.[0] ?? '0'}-r${at % 9}`,
  }));
  const expected = new Set(packages.map(({ name, version }) => `${name} ${version}`));
  const comparisons: Comparison[] = [];
  for (const { ecosystem, type, format, files, trivyKnows, subject = 'own packages' } of DATABASES) {
    const root = join(place.folder, `${ecosystem} ${subject}`.replaceAll(' ', '-'));
    for (const [path, content] of Object.entries(files(packages))) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    const listings = await listTree(place, root, { withTrivy: trivyKnows });
    const told = { ecosystem, oracle: `none: written by ${format}`, subject, expected };
    comparisons.push(
      comparison(told, listings, (one) => (one.type === type ? `${one.name} ${one.version}` : undefined)),
    );
  }
  return comparisons;
}

function apkDatabase(subject: string, needs: (at: number) => string): WrittenDatabase {
  return {
    ecosystem: 'apk',
    type: 'apk',
    format: 'apk-v2(5)',
    subject,
    trivyKnows: true,
    files: (packages) => ({
      'etc/os-release': 'ID=alpine\nVERSION_ID=3.20.3\n',
      'etc/alpine-release': '3.20.3\n',
      'lib/apk/db/installed': packages.map((one, at) => apkBlock(one, needs(at))).join('\n'),
    }),
  };
}

function apkBlock({ name, version }: Identity, needs: string): string {
  const lines = [
    'C:Q1qDkB1RcmFSmRoRA0RnRPrRNBSPk=',
    `P:${name}`,
    `V:${version}`,
    'A:x86_64',
    'S:1',
    'I:2',
    'T:text',
    'U:https://example.org',
    'L:MIT AND GPL-2.0-or-later',
    `o:${name}`,
    `D:${needs}`,
    `p:cmd:${name}=${version}`,
    'F:usr/share',
    `R:${name}`,
    'Z:Q1qDkB1RcmFSmRoRA0RnRPrRNBSPk=',
  ];
  return `${lines.join('\n')}\n`;
}
