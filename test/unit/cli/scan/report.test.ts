import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportText } from '../../../../cli/scan/report-text.ts';
import { scanReport } from '../../../../cli/scan/report.ts';
import type { ScanResult } from '../../../../cli/scan/scan-result.ts';
import type { Composition } from '../../../../core/composition.ts';

const diffIds = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];

const composition: Composition = {
  diffIds,
  release: { id: 'debian', idLike: [], prettyName: 'Debian 12' },
  visible: [],
  owned: [],
  introduced: [],
  deletedDatabases: [],
  opaqueBlind: false,
};

const result: ScanResult = {
  target: 'docker:app',
  image: {
    imageId: `sha256:${'a'.repeat(64)}`,
    names: ['docker.io/library/app:1', 'quay.io/app:1'],
    os: 'linux',
    architecture: 'arm64',
    variant: 'v8',
    diffIds,
  },
  composition,
  packages: [
    {
      type: 'npm',
      namespace: '@ours',
      name: 'part',
      version: '1.0.0',
      purl: 'pkg:npm/%40ours/part@1.0.0',
      locations: [
        { path: 'a/package.json', layer: 1, introducedBy: 0, cataloger: 'npm' },
        { path: 'b/package.json', layer: 1, introducedBy: 1, cataloger: 'npm' },
      ],
    },
  ],
  findings: [{ ruleId: 'private-key', kind: 'pem', path: 'a.key', layer: 0, isHidden: true }],
  problems: [{ layer: 1, path: 'c/package.json', cataloger: 'npm', kind: 'unread', message: 'no JSON' }],
};

test('a report has its layers by diff ID', () => {
  const report = scanReport(result);
  assert.deepEqual(Object.keys(report), [
    'schemaVersion',
    'target',
    'image',
    'release',
    'packages',
    'findings',
    'problems',
    'opaqueBlind',
  ]);
  assert.deepEqual(report.packages[0]?.locations[0], {
    path: 'a/package.json',
    layer: diffIds[1],
    introducedBy: diffIds[0],
    cataloger: 'npm',
  });
  assert.deepEqual(report.findings, [
    { layer: diffIds[0], ruleId: 'private-key', kind: 'pem', path: 'a.key', isHidden: true },
  ]);
  assert.deepEqual(report.problems, [
    { layer: diffIds[1], path: 'c/package.json', cataloger: 'npm', kind: 'unread', message: 'no JSON' },
  ]);
});

test('a report of a folder has none', () => {
  const { image: _, ...folder } = result;
  const report = scanReport(folder);
  assert.ok(!('image' in report));
  assert.deepEqual(report.packages[0]?.locations[0], { path: 'a/package.json', cataloger: 'npm' });
});

test('the text says what was scanned before it lists the packages', () => {
  assert.equal(
    reportText(result, {}),
    `app:1, quay.io/app:1
  image ID  sha256:${'a'.repeat(64)}
  platform  linux/arm64/v8
  layers    2
  system    Debian 12
  packages  1: 1 npm
  ! not read: c/package.json (layer 2): no JSON

PACKAGE     VERSION  TYPE  WHERE                LAYER
@ours/part  1.0.0    npm   a/package.json (+1)  1 111111111111
`,
  );
});

test('the text does not hide what was not seen', () => {
  const problems = Array.from({ length: 13 }, (_, at) => ({
    layer: 0,
    path: `file-${at}`,
    kind: 'truncated' as const,
    message: 'too large',
  }));
  const ref = { layer: 0, cataloger: 'dpkg', path: 'var/lib/dpkg/status' };
  const text = reportText(
    {
      ...result,
      problems,
      composition: { ...composition, opaqueBlind: true, deletedDatabases: [{ ref, layer: 1 }] },
    },
    {},
  );
  assert.match(text, /! var\/lib\/dpkg\/status was deleted in layer 2: .* database-deleted/);
  assert.match(text, /! read in part: file-9 \(layer 1\): too large\n {2}! and 3 more .*--format json/);
  assert.match(text, /! opaque directories could not be seen/);
});

test('text from an image cannot move the cursor', () => {
  const [one] = result.packages;
  assert.ok(one !== undefined);
  const hostile = { ...one, name: 'x\u001b[2J', version: '1\n2' };
  const image = { ...result.image, names: ['a\u001b[31m'] } as ScanResult['image'];
  const text = reportText({ ...result, packages: [hostile], ...(image && { image }) }, {});
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
});
