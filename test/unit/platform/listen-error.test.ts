import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenError } from '../../../platform/listen-error.ts';

test('why a server cannot listen, by code or, as gRPC has it, by message', () => {
  const address = { host: '10.0.0.1', port: 80 };
  for (const [error, code, message] of [
    [
      Object.assign(new Error('x'), { code: 'EADDRINUSE' }),
      'in-use',
      '10.0.0.1:80 is in use by another process; stop it or choose another grpc-listen',
    ],
    [
      new Error('No address added: [listen EACCES: permission denied 10.0.0.1:80]'),
      'denied',
      'not allowed to listen on 10.0.0.1:80; choose a port from 1024 for grpc-listen',
    ],
    [
      new Error('errors: [listen EADDRNOTAVAIL: address not available]'),
      'no-such-address',
      'this host has no address 10.0.0.1; choose one of its own for grpc-listen',
    ],
    [new Error('odd'), 'failed', 'cannot listen on 10.0.0.1:80 (grpc-listen): odd'],
  ] as const) {
    const said = listenError(error, 'grpc-listen', address);
    assert.equal(said.code, code);
    assert.equal(said.message, message);
    assert.equal(said.cause, error);
  }
});
