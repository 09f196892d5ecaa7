import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { isNodeName, nodeUri, peerIdentity } from '../../../platform/node-identity.ts';

const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
  'sign',
  'verify',
]);

/** A certificate with these names, as any authority might have made it. */
async function certificate(
  commonName: string | undefined,
  names: x509.JsonGeneralName[],
): Promise<Uint8Array> {
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: commonName === undefined ? [{ O: ['o'] }] : [{ CN: [commonName] }],
    notAfter: new Date('2030-01-01T00:00:00Z'),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  return new Uint8Array(made.rawData);
}

async function nodeIn(
  commonName: string | undefined,
  ...names: x509.JsonGeneralName[]
): Promise<string | undefined> {
  return peerIdentity(await certificate(commonName, names))?.node;
}

test('the URI names the node, whatever else the certificate says', async () => {
  assert.equal(
    await nodeIn('other', { type: 'dns', value: 'a.example' }, { type: 'url', value: nodeUri('node-1') }),
    'node-1',
  );
  const identity = peerIdentity(await certificate('x', []));
  assert.equal(identity?.node, 'x');
  assert.equal(identity.validUntil, Date.parse('2030-01-01T00:00:00Z'));
  assert.ok(identity.validFrom <= Date.now());
});

test('without a SPIFFE URI the common name does', async () => {
  assert.equal(await nodeIn('node-1'), 'node-1');
  assert.equal(await nodeIn('node-1', { type: 'url', value: 'https://example.org/' }), 'node-1');
});

test('who is named in no way, or in two, or badly, is nobody', async () => {
  assert.equal(await nodeIn(undefined), undefined);
  assert.equal(await nodeIn('a b'), undefined);
  assert.equal(await nodeIn('node-1', { type: 'url', value: 'spiffe://elsewhere/node/node-1' }), undefined);
  assert.equal(await nodeIn('node-1', { type: 'url', value: 'spiffe://tallyman/collector' }), undefined);
  assert.equal(
    await nodeIn(
      'node-1',
      { type: 'url', value: nodeUri('node-1') },
      { type: 'url', value: nodeUri('node-2') },
    ),
    undefined,
  );
});

test('a name made to look like two names stays one', async () => {
  // CVE-2021-44532: names in Node's text form must not run into each other.
  assert.equal(
    await nodeIn('node-1', { type: 'dns', value: `x, URI:${nodeUri('victim')}, DNS:y` }),
    'node-1',
  );
  assert.equal(
    await nodeIn('node-1', { type: 'url', value: `https://x/", URI:${nodeUri('victim')}, "` }),
    'node-1',
  );
  assert.equal(
    await nodeIn('node-1', { type: 'url', value: `${nodeUri('a')}, URI:${nodeUri('victim')}` }),
    undefined,
  );
});

test('node names', () => {
  for (const name of ['a', 'node-1', 'ip-10-0-0-1.eu.compute.internal', 'Worker_7'])
    assert.ok(isNodeName(name), name);
  for (const name of ['', '.', '-a', 'a-', 'a/b', 'a b', 'ä', 'a\0', 'x'.repeat(254)])
    assert.ok(!isNodeName(name), name);
});
