import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requestCertificate } from '../../../../agent/identity/enroll-client.ts';
import { IdentityError } from '../../../../agent/identity/identity-error.ts';
import { createDevelopmentCertificates } from '../../../../platform/certificates.ts';
import { freePort } from '../../../support/free-port.ts';
import { temporaryFolder } from '../../../support/state.ts';

test('an attempt that is over leaves nothing at the signal, and one that is called off ends', async (context) => {
  const folder = temporaryFolder(context);
  await createDevelopmentCertificates(folder, { nodes: [], serverNames: ['localhost'] });
  const place = {
    address: { host: '127.0.0.1', port: await freePort() },
    authorities: readFileSync(join(folder, 'ca.crt')),
  };
  const request = {
    node: 'node-1',
    certificateRequest: new Uint8Array(),
    proof: { kind: 'join-token', token: 'secret' },
  } as const;
  const ended = new AbortController();
  for (let time = 0; time < 3; time += 1) {
    await assert.rejects(requestCertificate(place, request, ended.signal), IdentityError);
    assert.equal(getEventListeners(ended.signal, 'abort').length, 0);
  }
  const last = requestCertificate(place, request, ended.signal);
  ended.abort();
  await assert.rejects(last, /ancelled/);
});
