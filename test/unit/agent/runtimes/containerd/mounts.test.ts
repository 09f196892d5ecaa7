import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeDirectory, overlayDirectories } from '../../../../../agent/runtimes/containerd/mounts.ts';

function overlay(...options: readonly string[]) {
  return [{ type: 'overlay', source: 'overlay', options }];
}

function bind(source: string) {
  return [{ type: 'bind', source, options: ['ro', 'rbind'] }];
}

test('an overlay lists its layers top first; they come out base first', () => {
  const mounts = overlay('index=off', 'lowerdir=/s/3/fs:/s/2/fs:/s/1/fs');
  assert.deepEqual(overlayDirectories(mounts), ['/s/1/fs', '/s/2/fs', '/s/3/fs']);
});

test('a single layer is a bind mount', () => {
  assert.deepEqual(overlayDirectories(bind('/s/1/fs')), ['/s/1/fs']);
  assert.equal(nativeDirectory(bind('/s/1')), '/s/1');
});

test('mounts of another kind are not taken apart', () => {
  const others = [
    [],
    [...bind('/s/1/fs'), ...bind('/s/2/fs')],
    [{ type: 'ext4', source: '/dev/loop0', options: [] }],
    overlay('index=off'),
    overlay('userxattr', 'lowerdir=/s/2/fs:/s/1/fs'),
    overlay('lowerdir=/a\\:b:/c'),
    overlay('lowerdir=relative:/c'),
    overlay('lowerdir=/a:/b', 'lowerdir=/c:/d'),
    bind('relative'),
  ];
  for (const mounts of others) assert.equal(overlayDirectories(mounts), undefined, JSON.stringify(mounts));
  assert.equal(nativeDirectory(overlay('lowerdir=/a:/b')), undefined);
});
