import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { engineAddress } from '../../../agent/engine-addresses.ts';
import { temporaryFolder } from '../../support/state.ts';

test('an address that is given is taken at its word', () => {
  assert.equal(engineAddress('docker', 'none'), undefined);
  for (const setting of ['/run/one.sock', 'unix:/run/one.sock', 'unix:///run/one.sock'])
    assert.equal(engineAddress('docker', setting), '/run/one.sock');
});

test('the first place that holds a socket is found, past those that cannot be looked at', async (context) => {
  const folder = temporaryFolder(context);
  const [loop, file, missing, socket] = ['loop', 'file', 'missing', 'socket'].map((name) =>
    join(folder, name),
  );
  assert.ok(loop && file && missing && socket);
  // As where a folder may not be entered, which root does not meet.
  symlinkSync(loop, loop);
  writeFileSync(file, '');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  context.after(() => server.close());
  const places = [loop, join(file, 'below'), file, missing, socket];
  assert.equal(engineAddress('containerd', 'auto', places), socket);
  assert.equal(engineAddress('containerd', 'auto', places.slice(0, -1)), undefined);
});
