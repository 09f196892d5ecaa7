import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { engineError } from '../../../../../agent/runtimes/containerd/errors.ts';
import { RuntimeError } from '../../../../../agent/runtimes/runtime.ts';

const PATH = '/containerd.services.images.v1.Images/List';

function failure(code: number, details: string): Error {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}

// Details as grpc-js 1.14 and containerd 1.6 word them.
const CASES: readonly (readonly [number, string, RuntimeError['code'], RegExp])[] = [
  [status.UNAVAILABLE, 'No connection established. Last error: connect EACCES /s', 'denied', /run as root/],
  [
    status.UNAVAILABLE,
    'No connection established. Last error: connect ENOENT /s',
    'unreachable',
    /no containerd socket at \/s/,
  ],
  [
    status.UNAVAILABLE,
    'No connection established. Last error: connect ECONNREFUSED /s',
    'unreachable',
    /start containerd/,
  ],
  [status.UNAVAILABLE, 'Connection dropped', 'unreachable', /hung up/],
  [
    status.INTERNAL,
    'Received RST_STREAM with code 2 triggered by internal client error: read ECONNRESET',
    'unreachable',
    /hung up/,
  ],
  [status.DEADLINE_EXCEEDED, 'Deadline exceeded after 30s', 'unreachable', /in time/],
  [status.PERMISSION_DENIED, 'no', 'denied', /refused/],
  [status.UNIMPLEMENTED, 'unknown service', 'unsupported', /does not know v1.Images\/List|Images\/List/],
  [status.NOT_FOUND, 'image "x": not found', 'not-found', /image "x"/],
  [status.RESOURCE_EXHAUSTED, 'trying to send message larger than max', 'failed', /max_send_message_size/],
  [status.INVALID_ARGUMENT, 'snapshotter not loaded: x', 'failed', /not loaded/],
];

for (const [code, details, expected, message] of CASES) {
  test(`${status[code]} (${details}) is ${expected}`, () => {
    const cause = failure(code, details);
    const error = engineError('/s', PATH, cause);
    assert.equal(error.code, expected);
    assert.match(error.message, message);
    assert.equal(error.cause, cause);
  });
}

test('what is a RuntimeError already stays as it is', () => {
  const error = new RuntimeError('failed', 'damaged');
  assert.equal(engineError('/s', PATH, error), error);
});
