import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { familiarName, findImage, fullName, type NamedImage } from '../../../../cli/engines/image-names.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

function image(id: string, names: readonly string[], manifest = id): NamedImage {
  return {
    imageId: digest(id),
    manifestDigests: [digest(manifest)],
    names: names.map((name) => ({ name, target: digest(manifest) })),
  };
}

/** The names of what was found, or the kind of the outcome. */
function find(query: string, images: readonly NamedImage[]): string {
  const search = findImage(query, images);
  return search.kind === 'found' ? search.image.imageId.slice(7, 8) : search.kind;
}

test('a short name is the one that engines make of it', () => {
  const cases = {
    redis: 'docker.io/library/redis:latest',
    'redis:7': 'docker.io/library/redis:7',
    'docker.io/redis:7': 'docker.io/library/redis:7',
    'index.docker.io/library/redis:7': 'docker.io/library/redis:7',
    'bitnami/redis': 'docker.io/bitnami/redis:latest',
    'quay.io/org/app:1': 'quay.io/org/app:1',
    'localhost/app': 'localhost/app:latest',
    'localhost:5000/app': 'localhost:5000/app:latest',
    'registry:5000/app:1': 'registry:5000/app:1',
    [`redis@${digest('a')}`]: `docker.io/library/redis@${digest('a')}`,
    [`redis:7@${digest('a')}`]: `docker.io/library/redis@${digest('a')}`,
  };
  for (const [short, full] of Object.entries(cases)) assert.equal(fullName(short), full, short);
});

test('the familiar form of a name means the same', () => {
  assert.equal(familiarName('docker.io/library/redis:7'), 'redis:7');
  assert.equal(familiarName('docker.io/bitnami/redis:7'), 'bitnami/redis:7');
  assert.equal(familiarName('docker.io/library/a/b:1'), 'library/a/b:1');
  assert.equal(familiarName('quay.io/library/redis:7'), 'quay.io/library/redis:7');
  const segment = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const host = fc.constantFrom('docker.io/', 'docker.io/library/', 'quay.io/', 'localhost:5000/', '');
  fc.assert(
    fc.property(host, fc.array(segment, { minLength: 1, maxLength: 3 }), segment, (start, path, tag) => {
      const full = fullName(`${start}${path.join('/')}:${tag}`);
      assert.equal(fullName(full), full);
      assert.equal(fullName(familiarName(full)), full);
    }),
  );
});

suite('an image is found', () => {
  const images = [
    image('a', ['docker.io/library/redis:7', 'docker.io/library/redis:latest'], '1'),
    image('b', ['quay.io/org/redis:7'], '2'),
    image('c', [], '3'),
  ];

  test('by a name as it is held, or a short one', () => {
    for (const name of ['redis', 'redis:7', 'docker.io/redis', 'docker.io/library/redis:7']) {
      assert.equal(find(name, images), 'a', name);
    }
    assert.equal(find('quay.io/org/redis:7', images), 'b');
    assert.equal(find('org/redis:7', images), 'none');
  });

  test('by its ID or a manifest digest, or the first digits of one', () => {
    for (const query of [digest('c'), 'c'.repeat(64), 'cccc', 'sha256:cccc', digest('3'), '3333']) {
      assert.equal(find(query, images), 'c', query);
    }
    assert.equal(find('ccc', images), 'none');
  });

  test('by a repository and a digest', () => {
    assert.equal(find(`redis@${digest('1')}`, images), 'a');
    assert.equal(find(`redis@${digest('2')}`, images), 'none');
  });

  test('by its name although another has an ID that begins so', () => {
    const named = [...images, image('d', ['docker.io/library/cafe:latest'])];
    assert.equal(find('cafe', [...named, image('cafe0'.slice(0, 1), [])]), 'd');
  });

  test('and not guessed when there are several', () => {
    const twins = [image('a', ['app:1']), image('b', ['app:1'])];
    assert.equal(find('app:1', twins), 'ambiguous');
    assert.equal(
      find('sha256:aaaa', [image('a', []), { ...image('b', []), manifestDigests: [digest('a')] }]),
      'ambiguous',
    );
  });

  test('or the names that may have been meant are', () => {
    const near = (query: string): unknown => findImage(query, images);
    assert.deepEqual(near('redis:8'), {
      kind: 'none',
      near: ['redis:7', 'redis:latest', 'quay.io/org/redis:7'],
    });
    assert.deepEqual(near('rediss'), { kind: 'none', near: ['redis:latest'] });
    assert.deepEqual(near('postgres'), { kind: 'none', near: [] });
  });
});

test('any query ends in an outcome', () => {
  const images = [image('a', ['docker.io/library/redis:7'])];
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z:@/.]*$/)), (query) => {
      assert.ok(['found', 'none', 'ambiguous'].includes(findImage(query, images).kind));
    }),
  );
});
