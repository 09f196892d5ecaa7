import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrivileged } from '../../../../../agent/runtimes/containerd/oci-spec.ts';

function spec(bounding: readonly string[], linux: object): Uint8Array {
  return Buffer.from(JSON.stringify({ process: { capabilities: { bounding } }, linux }));
}

const MASKED = { maskedPaths: ['/proc/kcore'], readonlyPaths: ['/proc/sys'] };

test('a container that may administrate the system, with nothing hidden, is privileged', () => {
  assert.equal(isPrivileged(spec(['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'], {})), true);
  assert.equal(isPrivileged(spec(['CAP_SYS_ADMIN'], { maskedPaths: null, readonlyPaths: [] })), true);
});

test('a container that may not is not', () => {
  assert.equal(isPrivileged(spec(['CAP_CHOWN'], MASKED)), false);
  assert.equal(isPrivileged(spec([], {})), false);
  assert.equal(isPrivileged(Buffer.from('{}')), false);
});

test('something in between is left open', () => {
  assert.equal(isPrivileged(spec(['CAP_SYS_ADMIN'], MASKED)), undefined);
  assert.equal(
    isPrivileged(spec(['CAP_SYS_ADMIN'], { seccomp: { defaultAction: 'SCMP_ACT_ERRNO' } })),
    undefined,
  );
});

test('what is no spec is left open', () => {
  for (const value of [
    undefined,
    null,
    new Uint8Array(),
    Buffer.from([0xff, 0]),
    Buffer.from('{"process":3}'),
  ])
    assert.equal(isPrivileged(value), undefined);
});
