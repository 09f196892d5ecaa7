import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import {
  containerSummary,
  imageDetails,
  imageSummary,
  type ImageDetails,
} from '../../../../../agent/runtimes/docker/api-types.ts';
import { containerState, toContainer } from '../../../../../agent/runtimes/docker/containers.ts';
import { engineError } from '../../../../../agent/runtimes/docker/errors.ts';
import { imageContent, toImage, usesContainerdStore } from '../../../../../agent/runtimes/docker/images.ts';
import { locateLayers } from '../../../../../agent/runtimes/docker/layers.ts';

const ID = `sha256:${'a'.repeat(64)}`;
const [BASE, MIDDLE, TOP] = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`);

test('the names of a dangling image, as older engines list it, are no names', () => {
  const summary = v.parse(imageSummary, {
    Id: ID,
    RepoTags: ['<none>:<none>'],
    RepoDigests: ['<none>@<none>'],
    Size: 1,
  });
  const image = toImage(summary, imageContent(v.parse(imageDetails, { Id: ID })), false);
  assert.deepEqual([image.names, image.manifestDigests], [[], []]);
});

test('a name that stands among both tags and digests is one name', () => {
  const name = `web@sha256:${'b'.repeat(64)}`;
  const summary = v.parse(imageSummary, { Id: ID, RepoTags: ['web:1', name], RepoDigests: [name], Size: 1 });
  const image = toImage(summary, imageContent(v.parse(imageDetails, { Id: ID })), false);
  assert.deepEqual(
    image.names.map((one) => one.name),
    ['web:1', name],
  );
});

test('an annotation that is no digest does not become the image ID', () => {
  const details = {
    Id: ID,
    Descriptor: { digest: ID, annotations: { 'config.digest': '../../etc/passwd' } },
  };
  assert.equal(imageContent(v.parse(imageDetails, details)).imageId, ID);
});

test('tells the containerd image store by its driver type alone', () => {
  const engine = { ServerVersion: '29', Driver: 'overlayfs' };
  assert.equal(usesContainerdStore({ ...engine, DriverStatus: [['Backing Filesystem', 'extfs']] }), false);
  assert.equal(usesContainerdStore({ ...engine, DriverStatus: null }), false);
  const status = [['driver-type', 'io.containerd.snapshotter.v1']];
  assert.equal(usesContainerdStore({ ...engine, DriverStatus: status }), true);
});

test('gives the layer directories of overlay2 base first', () => {
  const layers = locateLayers(
    overlay2([BASE, MIDDLE, TOP], { LowerDir: '/d/middle:/d/base', UpperDir: '/d/top' }),
  );
  assert.deepEqual(layers, [
    { diffId: BASE, location: { kind: 'overlay-directory', path: '/d/base' } },
    { diffId: MIDDLE, location: { kind: 'overlay-directory', path: '/d/middle' } },
    { diffId: TOP, location: { kind: 'overlay-directory', path: '/d/top' } },
  ]);
});

test('gives the only layer of an image, and none of an image without layers', () => {
  assert.deepEqual(locateLayers(overlay2([BASE], { UpperDir: '/d/only' })), [
    { diffId: BASE, location: { kind: 'overlay-directory', path: '/d/only' } },
  ]);
  assert.deepEqual(locateLayers(v.parse(imageDetails, { Id: ID })), []);
});

test('refuses directories that are not as many as the layers', () => {
  const image = overlay2([BASE, MIDDLE, TOP], { LowerDir: '/d/base', UpperDir: '/d/top' });
  assert.throws(() => locateLayers(image), { code: 'unsupported', message: /3 layers, but Docker names 2/ });
});

test('refuses storage drivers that show no layer directories, and says what to do', () => {
  const RootFS = { Layers: [BASE] };
  for (const GraphDriver of [
    { Name: 'btrfs', Data: { UpperDir: '/d' } },
    { Name: 'overlay2', Data: null },
    null,
  ]) {
    assert.throws(() => locateLayers(v.parse(imageDetails, { Id: ID, RootFS, GraphDriver })), {
      code: 'unsupported',
      message: /docker save/,
    });
  }
});

test('knows every state that the engine has a word for', () => {
  const states = ['created', 'running', 'paused', 'exited', 'restarting', 'removing', 'dead', 'levitating'];
  assert.deepEqual(states.map(containerState), [
    ...['created', 'running', 'paused', 'exited'],
    ...['exited', 'exited', 'exited', 'unknown'],
  ]);
});

test('a container that could not be inspected still shows its image and name', () => {
  const summary = v.parse(containerSummary, {
    Id: 'c',
    Names: ['/web'],
    Image: 'web:1',
    ImageID: ID,
    Created: 2,
  });
  assert.deepEqual(toContainer(summary, 'running', undefined), {
    ...{ engine: 'docker', namespace: '', id: 'c', name: 'web', kind: 'container', state: 'running' },
    ...{ imageId: ID, imageName: 'web:1', createdAt: 2_000 },
  });
});

test('says of a forbidden socket what would open it', () => {
  const error = engineError(
    '/run/docker.sock',
    'listing images',
    Object.assign(new Error('no'), { code: 'EACCES' }),
  );
  assert.equal(error.code, 'denied');
  assert.match(error.message, /\/run\/docker\.sock.*group/);
});

function overlay2(
  Layers: readonly (string | undefined)[],
  Data: Readonly<Record<string, string>>,
): ImageDetails {
  return v.parse(imageDetails, { Id: ID, RootFS: { Layers }, GraphDriver: { Name: 'overlay2', Data } });
}
