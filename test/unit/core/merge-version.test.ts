import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { compose, type MergeLayer } from '../../../core/compose.ts';
import { MERGE_VERSION } from '../../../core/composition.ts';
import type { CatalogerFacts, FactContent, PackageRecord } from '../../../core/facts.ts';
import { findingsOf } from '../../../core/findings.ts';
import type { EntryKind, LayerEntry } from '../../../core/layer.ts';
import { packagesOf } from '../../../core/merge.ts';
import { ancestors } from '../../../core/paths.ts';

/**
 * What the images below gave by each version of merging, the first one first. When this test fails, merging gives
 * something else than it did: raise MERGE_VERSION and append the new digest. Past ones are never written over.
 */
const DIGESTS: readonly string[] = [
  'b6a2b9b83569b8a17b2240a39beb7c92c5006e8cddd0d67aa27d1477e9d8ed84',
  'dacbe144ac41e66c47f5a173eb2555048cf871d48fe18d599f0afb8fd2cb63ab',
];

/** Path -> what is there: a kind of entry, the target of a link, or what a cataloger said of the file. */
type Layer = Readonly<Record<string, EntryKind | { readonly link: string } | Said>>;

interface Said extends FactContent {
  readonly by: string;
}

const STATUS = 'var/lib/dpkg/status';

function deb(name: string, version: string, more: Partial<PackageRecord> = {}): PackageRecord {
  return { type: 'deb', name, version, architecture: 'amd64', ...more };
}

function status(...packages: PackageRecord[]): Said {
  return { by: 'dpkg', packages };
}

function list(owner: string, ...files: string[]): Said {
  return { by: 'dpkg', claims: [{ owner, files }] };
}

const bookworm: Said = {
  by: 'os-release',
  release: { id: 'debian', idLike: [], versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
};

const base: Layer = {
  'usr/lib/os-release': bookworm,
  'etc/os-release': { link: '../usr/lib/os-release' },
  lib: { link: 'usr/lib' },
  [STATUS]: status(
    deb('bash', '5.2-1', { source: { name: 'bash', version: '5.2-1' }, dependencies: ['libc6'] }),
    deb('libc6', '2.36-9+deb12u8', { source: { name: 'glibc' } }),
    deb('python3-yaml', '6.0-3+b2', { source: { name: 'pyyaml', version: '6.0-3' } }),
  ),
  'var/lib/dpkg/info/python3-yaml.list': list(
    'python3-yaml',
    'lib/python3/dist-packages/PyYAML-6.0.egg-info',
  ),
  'usr/lib/python3/dist-packages/PyYAML-6.0.egg-info': {
    by: 'python',
    packages: [{ type: 'pypi', name: 'PyYAML', version: '6.0' }],
  },
  'usr/share/doc/bash/copyright': { by: 'dpkg-copyright', licenses: ['GPL-3+'] },
  'usr/share/doc/libc6/copyright': { by: 'dpkg-copyright', licenses: ['LGPL-2.1+', 'GPL-2+'] },
  'usr/bin/su': {
    by: 'file-modes',
    findings: [{ ruleId: 'setuid-file', kind: 'root', evidence: 'mode 4755' }],
  },
  'app/node_modules/left-pad/package.json': {
    by: 'npm',
    packages: [{ type: 'npm', name: 'left-pad', version: '1.3.0', licenses: ['WTFPL'] }],
  },
  'app/node_modules/@acme/widget/package.json': {
    by: 'npm',
    packages: [{ type: 'npm', namespace: '@acme', name: 'widget', version: '2.0.0' }],
  },
};

const upgraded: Layer = {
  [STATUS]: status(
    deb('bash', '5.2-1', { source: { name: 'bash', version: '5.2-1' }, dependencies: ['libc6'] }),
    deb('libc6', '2.36-9+deb12u9', { source: { name: 'glibc' } }),
    deb('docker-ce', '5:27.1-1', { vendor: 'Docker <support@docker.com>' }),
  ),
  'var/lib/dpkg/info/docker-ce.list': list('docker-ce', 'usr/bin/dockerd'),
  'usr/bin/dockerd': {
    by: 'go',
    packages: [{ type: 'golang', namespace: 'github.com/containerd', name: 'ttrpc', version: 'v1.2.5' }],
  },
  'app/node_modules/left-pad': 'whiteout',
  'app/node_modules/@acme': 'opaque',
  'srv/app.jar': {
    by: 'java',
    packages: [
      {
        type: 'maven',
        namespace: 'org.slf4j',
        name: 'slf4j-api',
        version: '2.0.13',
        inside: 'lib/slf4j.jar',
      },
      { type: 'maven', name: 'plain', version: '', sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' },
    ],
  },
};

const slimmed: Layer = {
  'var/lib/dpkg': 'whiteout',
  'app/node_modules/left-pad/package.json': {
    by: 'npm',
    packages: [{ type: 'npm', name: 'left-pad', version: '1.3.0', licenses: ['WTFPL'] }],
  },
};

const rpms: Layer = {
  'usr/lib/os-release': { by: 'os-release', release: { id: 'rhel', idLike: ['fedora'], versionId: '9.4' } },
  'var/lib/rpm/Packages': {
    by: 'rpm',
    packages: [{ type: 'rpm', name: 'bash', version: '5.1.8-6.el9', epoch: 0, licenses: ['GPLv3+'] }],
  },
  'var/lib/rpm/rpmdb.sqlite': {
    by: 'rpm',
    packages: [
      { type: 'rpm', name: 'bash', version: '5.1.8-9.el9', epoch: 0, licenses: ['GPLv3+'] },
      { type: 'rpm', name: 'nodejs', version: '20.1-1.el9', modularity: 'nodejs:20:1:2' },
    ],
  },
};

const WHEEL = 'root/.cache/uv/archive-v0/yJ3kFq0b5yQ8t3nN2mVwX';
const caches: Layer = {
  'app/node_modules/left-pad/package.json': {
    by: 'npm',
    packages: [{ type: 'npm', name: 'left-pad', version: '1.3.0' }],
  },
  'go/pkg/mod/github.com/acme/site@v1.2.3/package.json': {
    by: 'npm',
    packages: [{ type: 'npm', name: 'site', version: '1.2.3', role: 'application' }],
  },
  'opt/conda/pkgs/idna-3.4-py311_0/info/index.json': 'file',
  'opt/conda/pkgs/idna-3.4-py311_0/lib/python3.11/site-packages/idna-3.4.dist-info/METADATA': {
    by: 'python',
    packages: [{ type: 'pypi', name: 'idna', version: '3.4' }],
  },
  [`${WHEEL}/six-1.16.0.dist-info/METADATA`]: {
    by: 'python',
    packages: [{ type: 'pypi', name: 'six', version: '1.16.0' }],
  },
  'app/.venv/lib/python3.11/site-packages/six.py': { link: `/${WHEEL}/six.py` },
};

const IMAGES: readonly (readonly Layer[])[] = [
  [base],
  [base, upgraded],
  [base, upgraded, slimmed],
  [base, slimmed, base],
  [rpms],
  [caches],
];

test('what merging gives belongs to its version', () => {
  const hash = createHash('sha256');
  for (const image of IMAGES) {
    const layers = image.map(mergeLayer);
    const composition = compose(layers);
    const factsOf = (layer: number, cataloger: string) =>
      layers[layer]?.facts.find((one) => one.cataloger === cataloger)?.facts ?? [];
    const packages = packagesOf(composition, factsOf);
    assert.ok(packages.length > 1);
    hash.update(JSON.stringify([composition, packages, findingsOf(composition, factsOf)]));
  }
  assert.equal(DIGESTS.length, MERGE_VERSION);
  assert.equal(hash.digest('hex'), DIGESTS.at(-1), 'raise MERGE_VERSION, append the digest');
});

function mergeLayer(layer: Layer, at: number): MergeLayer {
  const diffId = `sha256:${at}`;
  const entries = new Map<string, LayerEntry>();
  const facts = new Map<string, CatalogerFacts>();
  for (const [path, what] of Object.entries(layer)) {
    for (const parent of ancestors(path)) {
      if (!entries.has(parent)) entries.set(parent, { path: parent, kind: 'directory' });
    }
    if (typeof what === 'string') entries.set(path, { path, kind: what });
    else if ('link' in what) entries.set(path, { path, kind: 'symlink', target: what.link });
    else {
      const { by: cataloger, ...content } = what;
      entries.set(path, { path, kind: 'file' });
      const said = facts.get(cataloger)?.facts ?? [];
      const fact = { path, status: 'found', ...content } as const;
      facts.set(cataloger, { diffId, cataloger, version: 1, facts: [...said, fact] });
    }
  }
  return {
    index: {
      diffId,
      entryCount: entries.size,
      opaqueBlind: false,
      entries: () => entries.values(),
      find: ({ paths }) => entries.values().filter(({ path }) => paths.has(path)),
    },
    facts: [...facts.values()],
  };
}
