import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redHat } from '../../../../../agent/catalogers/red-hat/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const MANIFEST = 'root/buildinfo/content_manifests/ubi9-container-9.4-1.json';
const DOCKERFILE = 'root/buildinfo/Dockerfile-ubi8-minimal-8.5-218';

function buildOf(path: string, content: string) {
  assert.ok(redHat.candidates.accepts(path), path);
  return redHat.parse(bufferFile(path, content)).build;
}

test('a content manifest tells the repositories of the packages', () => {
  const manifest = {
    metadata: { icm_version: 1, image_layer_index: 1 },
    content_sets: ['rhel-9-for-x86_64-baseos-rpms', 'rhel-9-for-x86_64-appstream-rpms'],
    image_contents: [],
  };
  const build = { contentSets: manifest.content_sets };
  assert.deepEqual(buildOf(MANIFEST, JSON.stringify(manifest)), build);
  assert.deepEqual(buildOf('usr/share/buildinfo/content-sets.json', JSON.stringify(manifest)), build);
});

test('labels tell the build, its architecture and the product', () => {
  const labels = {
    'com.redhat.component': 'ubi9-container',
    name: 'ubi9/ubi',
    version: '9.6',
    release: '1749542372',
    architecture: 'x86_64',
    cpe: 'cpe:/a:redhat:enterprise_linux:9::appstream',
  };
  assert.deepEqual(buildOf('root/buildinfo/labels.json', JSON.stringify(labels)), {
    nvr: 'ubi9-container-9.6-1749542372',
    architecture: 'x86_64',
    cpe: 'cpe:/a:redhat:enterprise_linux:9::appstream',
  });
});

test('a Dockerfile tells the build by its name and labels, over several lines, the last of a name counting', () => {
  const text = [
    'FROM sha256:1234',
    '# LABEL com.redhat.component="comment"',
    'LABEL com.redhat.component="first" architecture=$ARCH',
    'LABEL "com.redhat.component"="ubi8-minimal-container" \\',
    '# between',
    `      name='ubi8-minimal' \\`,
    '      summary="A \\"small\\" one"',
    'LABEL architecture=x86_64',
    'RUN echo LABEL com.redhat.component=nothing',
  ].join('\n');
  assert.deepEqual(buildOf(DOCKERFILE, text), {
    nvr: 'ubi8-minimal-container-8.5-218',
    architecture: 'x86_64',
  });
});

test('what says nothing of a build is looked at for nothing', () => {
  for (const content of ['{}', '[]', '{"content_sets":"","architecture":"x86_64"}', ''])
    assert.equal(buildOf('usr/share/buildinfo/other.json', content), undefined);
  assert.equal(buildOf(DOCKERFILE, 'FROM scratch\nLABEL name=x\n'), undefined);
});

test('only files in the places of the build system count', () => {
  const others = [
    `srv/${MANIFEST}`,
    'root/buildinfo/content_manifests/a/b.json',
    'root/buildinfo/Dockerfile-ubi8',
    'usr/share/buildinfo/content-sets.xml',
  ];
  for (const path of others) assert.ok(!redHat.candidates.accepts(path), path);
});

test('any bytes give a build, nothing or an error', () => {
  fc.assert(
    fc.property(fc.constantFrom(MANIFEST, DOCKERFILE), fc.uint8Array({ maxLength: 500 }), (path, bytes) => {
      try {
        redHat.parse(bufferFile(path, bytes));
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }),
  );
});

test('long lines end soon', () => {
  for (const part of ['LABEL a=', 'a="', '\\\n', "'", 'LABEL ', 'x', '"a" ', ' '])
    for (const start of ['', 'LABEL ', 'LABEL "'])
      assert.equal(buildOf(DOCKERFILE, start + part.repeat(100_000)), undefined);
});
