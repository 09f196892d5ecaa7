import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig, parseDockerManifest, parseManifest } from '../../agent/layers/archives/documents.ts';
import { closedMounts, parseMounts } from '../../agent/layers/directory/mounts.ts';
import { LayerError } from '../../agent/layers/layer-error.ts';
import { parseStat, parseStatus } from '../../agent/processes/proc-text.ts';
import { isPrivileged } from '../../agent/runtimes/containerd/oci-spec.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import { parsePurl, PurlError } from '../../core/purl.ts';
import { decodeLayerFacts, encodeLayerFacts } from '../../proto/codec/layer-facts.ts';
import { WireError } from '../../proto/codec/wire-error.ts';
import { damagedAtRandom, damagedBytes, damagedWords, lyingNumbers } from '../support/hostile-damage.ts';
import { resultOf } from '../support/steps.ts';

// What catalogers do not read: documents of engines and of the kernel, and messages, each damaged as files are.

const EFFORT = Number(process.env['TALLYMAN_FUZZ_EFFORT'] ?? 1);
const SEED = Number(process.env['TALLYMAN_FUZZ_SEED'] ?? 1);

const DIFF_ID = `sha256:${'0'.repeat(64)}`;
const DESCRIPTOR = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: DIFF_ID, size: 10 };
const FACTS: CatalogerFacts = {
  diffId: DIFF_ID,
  cataloger: 'rpm',
  version: 1,
  facts: [
    {
      path: 'var/lib/rpm/rpmdb.sqlite',
      status: 'found',
      packages: [
        {
          type: 'rpm',
          name: 'bash',
          version: '5.2-1.fc40',
          epoch: 0,
          source: { name: 'bash', version: '5.2-1.fc40' },
          flags: ['partly-installed'],
          dependencies: ['glibc'],
          qualifiers: { a: 'b' },
        },
      ],
      findings: [{ ruleId: 'shell', kind: 'bash' }],
    },
  ],
};

type Kind = abstract new (...parts: never[]) => Error;

/** What reads bytes or text, a sample of what it reads, and the only error that it may throw. */
const READERS: Readonly<
  Record<string, readonly [sample: string | Uint8Array, read: (bytes: Buffer) => unknown, error?: Kind]>
> = {
  'an index of images': [
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...DESCRIPTOR, platform: { os: 'linux', architecture: 'arm64' } }],
    }),
    (bytes) => parseManifest(bytes, 'index'),
    LayerError,
  ],
  'a manifest': [
    JSON.stringify({ schemaVersion: 2, config: DESCRIPTOR, layers: [DESCRIPTOR, DESCRIPTOR] }),
    (bytes) => parseManifest(bytes, 'manifest'),
    LayerError,
  ],
  'a config': [
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      created: '2024-01-01T00:00:00Z',
      config: { Labels: { a: 'b' } },
      rootfs: { type: 'layers', diff_ids: [DIFF_ID] },
    }),
    (bytes) => parseConfig(bytes, 'config'),
    LayerError,
  ],
  "a manifest of Docker's": [
    JSON.stringify([{ Config: 'a.json', RepoTags: ['a:1'], Layers: ['a/layer.tar'] }]),
    (bytes) => parseDockerManifest(bytes, 'manifest.json'),
    LayerError,
  ],
  'a runtime spec': [
    JSON.stringify({
      process: { capabilities: { bounding: ['CAP_SYS_ADMIN'] } },
      linux: { maskedPaths: [] },
    }),
    isPrivileged,
  ],
  'a table of mounts': [
    '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n22 1 0:20 / /a\\040b rw - proc proc rw\n',
    (bytes) => closedMounts(parseMounts(bytes.toString('latin1')), '/'),
  ],
  "a process's line": ['42 (a b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 0 0\n', parseStat],
  "a process's state": ['Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:\t42\t1\n', parseStatus],
  'a package URL': [
    'pkg:npm/%40scope/name@1.0.0?arch=amd64&x=y%20z#sub/path',
    (bytes) => parsePurl(bytes.toString('utf8')),
    PurlError,
  ],
  'facts of a layer': [
    resultOf(encodeLayerFacts(DIFF_ID, [FACTS])),
    (bytes) => decodeLayerFacts(DIFF_ID, bytes),
    WireError,
  ],
};

for (const [name, [sample, read, error]] of Object.entries(READERS)) {
  test(`${name}: however damaged, it is read or refused in so many words`, () => {
    const bytes = Uint8Array.from(Buffer.from(sample as Uint8Array));
    const damages = [
      damagedBytes(bytes, EFFORT),
      damagedWords(bytes, EFFORT),
      lyingNumbers(bytes, EFFORT),
      damagedAtRandom(bytes, 500 * EFFORT, SEED),
    ];
    for (const { how, bytes: damaged } of damages.flatMap((some) => [...some])) {
      try {
        read(Buffer.from(damaged));
      } catch (thrown) {
        assert.ok(error !== undefined && thrown instanceof error, `${how}: ${String(thrown)}`);
      }
    }
  });
}
