import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CatalogerFacts, PackageRecord } from '../../../core/facts.ts';
import { decodeLayerFacts, encodeLayerFacts } from '../../../proto/codec/layer-facts.ts';
import { resultOf } from '../../support/steps.ts';

const diffId = `sha256:${'0'.repeat(64)}`;

const records: Readonly<Record<string, PackageRecord>> = {
  'a package with nothing but a name': { type: 'generic', name: 'x', version: '' },
  'an OS package': {
    type: 'rpm',
    name: 'bash',
    version: '5.2-1.fc40',
    epoch: 0,
    architecture: 'x86_64',
    source: { name: 'bash', version: '5.2-1.fc40' },
    modularity: 'a:b:1:c',
    vendor: 'Fedora Project',
    licenses: ['GPL-3.0-or-later'],
    flags: ['partly-installed'],
    dependencies: ['glibc'],
    distribution: { id: 'fedora', version: '40' },
  },
  'a package of a distribution without a number': {
    type: 'alpm',
    name: 'x',
    version: '1-1',
    distribution: { id: 'arch' },
  },
  'a package whose purl has qualifiers of its own': {
    type: 'gem',
    name: 'nokogiri',
    version: '1.16.0',
    qualifiers: { platform: 'x86_64-linux' },
  },
  'the application': {
    type: 'maven',
    namespace: 'com.example',
    name: 'shop',
    version: '1',
    role: 'application',
  },
  'a jar without coordinates, in another': {
    type: 'maven',
    name: 'tool',
    version: '',
    sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    inside: 'WEB-INF/lib/tool.jar',
  },
};

for (const [name, record] of Object.entries(records)) {
  test(`${name} goes over the wire and comes back as it was`, () => {
    const facts: CatalogerFacts = {
      diffId,
      cataloger: 'any',
      version: 1,
      facts: [{ path: 'a', status: 'found', packages: [record] }],
    };
    assert.deepEqual(decodeLayerFacts(diffId, resultOf(encodeLayerFacts(diffId, [facts]))), [facts]);
  });
}

test('findings go over the wire and come back as they were', () => {
  const facts: CatalogerFacts = {
    diffId,
    cataloger: 'any',
    version: 1,
    facts: [
      {
        path: 'a',
        status: 'found',
        findings: [
          { ruleId: 'setuid-file', kind: 'program', evidence: 'mode 4755' },
          { ruleId: 'shell', kind: 'bash' },
        ],
      },
    ],
  };
  assert.deepEqual(decodeLayerFacts(diffId, resultOf(encodeLayerFacts(diffId, [facts]))), [facts]);
});

test('facts of thousands of packages are encoded in steps, and are what they would be at once', () => {
  const packages = Array.from({ length: 1234 }, (_, at): PackageRecord => ({
    type: 'deb',
    name: `package-${at}`,
    version: '1',
  }));
  const many = Array.from({ length: 321 }, (_, at) => ({ path: `a/${at}`, status: 'nothing' }) as const);
  const facts: CatalogerFacts[] = [
    { diffId, cataloger: 'dpkg', version: 1, facts: [{ path: 'status', status: 'found', packages }] },
    { diffId, cataloger: 'npm', version: 2, facts: many },
    { diffId, cataloger: 'rpm', version: 1, facts: [] },
  ];
  let steps = 0;
  const encoding = encodeLayerFacts(diffId, facts);
  let step = encoding.next();
  for (; step.done !== true; step = encoding.next()) steps += 1;
  assert.equal(steps, 12 + 3 + 3);
  assert.deepEqual(decodeLayerFacts(diffId, step.value), facts);
});
