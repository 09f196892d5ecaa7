import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { imageSummary } from '../../../../../agent/runtimes/docker/api-types.ts';
import { imageNames } from '../../../../../agent/runtimes/docker/image-names.ts';

const WEB = `sha256:${'a1'.repeat(32)}`;
const CAFE = `sha256:${'b2'.repeat(32)}`;
const DIGEST = `sha256:${'d'.repeat(64)}`;
const resolve = imageNames(
  [
    { Id: WEB, RepoTags: ['web:1', 'host:5000/web:latest'], RepoDigests: [`web@${DIGEST}`], Size: 1 },
    { Id: CAFE, RepoTags: ['a1a1:latest', '<none>:<none>'], RepoDigests: ['<none>@<none>'], Size: 1 },
  ].map((one) => v.parse(imageSummary, one)),
);

test('finds the image that a name means, however it is written', () => {
  for (const name of ['web:1', 'docker.io/library/web:1', 'docker.io/web:1', 'host:5000/web'])
    assert.deepEqual(resolve(name), [WEB], name);
  assert.deepEqual(resolve(`web@${DIGEST}`), [WEB]);
  assert.deepEqual(resolve(`web:other@${DIGEST}`), [WEB]);
  for (const name of ['web', 'web:2', 'host:5000/web:1', `other@${DIGEST}`, '', '<none>:<none>', 'x y'])
    assert.deepEqual(resolve(name), [], name);
});

test('finds images by the beginning of their ID, unless that is a name', () => {
  for (const id of [WEB, WEB.slice('sha256:'.length), 'a1a1a', 'sha256:a1a1'])
    assert.deepEqual(resolve(id), [WEB], id);
  assert.deepEqual(resolve('a1a1'), [CAFE]);
});
