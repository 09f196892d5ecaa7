import assert from 'node:assert/strict';
import { AuditLog } from '../../../collector/cleanup/audit-log.ts';
import { EnrollmentOrders } from '../../../collector/enroll/enrollment-orders.ts';
import type { NodeCertificate } from '../../../collector/enroll/enroll-store.ts';
import { auditEntry } from '../../../core/audit-chain.ts';
import { startNode } from '../fleet.ts';
import { type Contract, everyItem, first } from './samples.ts';

const token = {
  id: 'token-1',
  salt: Uint8Array.of(1, 2, 3),
  hash: Uint8Array.of(4, 5, 6),
  nodes: 'web-*',
  uses: 1,
  createdAt: 10,
  expiresAt: 100,
};

function certificate(serial: string, changes: Partial<NodeCertificate> = {}): NodeCertificate {
  return {
    serial,
    node: 'web-1',
    key: `key of ${serial}`,
    issuedAt: 50,
    validUntil: 1000,
    proof: 'join-token',
    joinToken: 'token-1',
    ...changes,
  };
}

function renewed(serial: string, changes: Partial<NodeCertificate> = {}): NodeCertificate {
  const { joinToken: _, ...rest } = certificate(serial, changes);
  return { ...rest, proof: 'renewal' };
}

export function enrollmentContract(contract: Contract): void {
  contract('a join token is kept until it is deleted', async (store) => {
    assert.equal(await store.joinToken('token-1'), undefined);
    await store.putJoinToken(token);
    await store.putJoinToken({ ...token, id: 'token-2', createdAt: 11 });
    const kept = await store.joinToken('token-1');
    assert.deepEqual(kept && { ...kept, salt: [...kept.salt], hash: [...kept.hash] }, {
      ...token,
      salt: [1, 2, 3],
      hash: [4, 5, 6],
      used: 0,
    });
    const listed = await everyItem((page) => store.joinTokens(page), 1);
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['token-2', 'token-1'],
    );
    assert.equal(await store.deleteJoinToken('token-1'), true);
    assert.equal(await store.deleteJoinToken('token-1'), false);
    assert.equal(await store.joinToken('token-1'), undefined);
    assert.equal(await store.recordCertificate(certificate('aa')), 'token-spent');
    assert.deepEqual((await store.certificates(first)).items, []);
  });

  contract('of many at once for the last uses of a join token, as many win as there are', async (store) => {
    await store.putJoinToken({ ...token, uses: 2 });
    const outcomes = await Promise.all(
      ['01', '02', '03', '04', '05'].map((serial) => store.recordCertificate(certificate(serial))),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'recorded').length, 2);
    assert.equal(outcomes.filter((outcome) => outcome === 'token-spent').length, 3);
    assert.equal((await store.joinToken('token-1'))?.used, 2);
    assert.equal((await store.certificates(first)).items.length, 2);
  });

  contract('a use whose answer was lost is no second use, for the same node and key', async (store) => {
    await store.putJoinToken(token);
    assert.equal(await store.recordCertificate(certificate('01', { key: 'k' })), 'recorded');
    assert.equal(await store.recordCertificate(certificate('02', { key: 'k' })), 'recorded');
    assert.equal((await store.joinToken('token-1'))?.used, 1);
    assert.equal(await store.recordCertificate(certificate('03', { key: 'other' })), 'token-spent');
    const elsewhere = certificate('04', { key: 'k', node: 'web-2', issuedAt: 2000 });
    assert.equal(await store.recordCertificate(elsewhere), 'token-spent');
  });

  contract('an expired join token is spent', async (store) => {
    await store.putJoinToken(token);
    assert.equal(await store.recordCertificate(certificate('01', { issuedAt: 100 })), 'token-spent');
    assert.equal(await store.recordCertificate(certificate('01', { issuedAt: 99 })), 'recorded');
  });

  contract('a key is of one node as long as its certificate is valid', async (store) => {
    await store.putJoinToken({ ...token, uses: 9 });
    assert.equal(await store.recordCertificate(renewed('01', { key: 'k' })), 'recorded');
    const taken = certificate('02', { key: 'k', node: 'web-2' });
    assert.equal(await store.recordCertificate(taken), 'key-in-use');
    assert.equal((await store.joinToken('token-1'))?.used, 0);
    assert.equal(await store.recordCertificate(renewed('03', { key: 'k', issuedAt: 60 })), 'recorded');
    const later = renewed('04', { key: 'k', node: 'web-2', issuedAt: 1000 });
    assert.equal(await store.recordCertificate(later), 'recorded');
    assert.deepEqual(
      (await everyItem((page) => store.certificates(page), 1)).map((one) => ({ ...one })),
      [later, renewed('03', { key: 'k', issuedAt: 60 }), renewed('01', { key: 'k' })],
    );
  });

  contract('certificates are revoked up to a moment, which never goes back', async (store) => {
    assert.equal(await store.revokedBefore('web-1'), 0);
    await store.revokeNode('web-1', 500);
    await store.revokeNode('web-1', 400);
    assert.equal(await store.revokedBefore('web-1'), 500);
    assert.equal(await store.revokedBefore('web-2'), 0);
    await store.revokeNode('web-1', 600);
    assert.equal(await store.revokedBefore('web-1'), 600);
  });

  contract(
    'a node shows until when its certificate is valid, and who else claimed its name',
    async (store) => {
      await startNode(store, 'node-a', 1000);
      assert.equal((await store.node('node-a'))?.certificateUntil, undefined);
      const start = { node: 'node-a', instance: 'i', agentVersion: '0.1.0', bootId: 'b', epoch: 'e' };
      await store.startSession({ ...start, at: 2000, certificateUntil: 9000 });
      assert.equal((await store.node('node-a'))?.certificateUntil, 9000);
      assert.equal((await store.node('node-a'))?.duplicates, undefined);

      const refusal = { node: 'node-a', reason: 'duplicate', message: 'another agent, from 10.0.0.7' };
      await store.recordRefusal({ ...refusal, at: 3000 });
      await store.recordRefusal({ ...refusal, at: 4000 });
      await store.recordRefusal({ ...refusal, message: 'another agent, from 10.0.0.8', at: 3500 });
      await store.recordRefusal({ ...refusal, reason: 'protocol', at: 5000 });
      await store.recordRefusal({ ...refusal, node: 'node-b', at: 6000 });
      const expected = { refused: 3, lastAt: 4000, lastMessage: 'another agent, from 10.0.0.7' };
      assert.deepEqual((await store.node('node-a'))?.duplicates, expected);
      assert.deepEqual((await store.nodes(first)).items[0]?.duplicates, expected);
    },
  );

  contract('what expired long ago is forgotten, what was revoked is not', async (store) => {
    await store.putJoinToken(token);
    await store.putJoinToken({ ...token, id: 'token-2', expiresAt: 5000 });
    await store.recordCertificate(renewed('01'));
    await store.recordCertificate(renewed('02', { validUntil: 5000 }));
    await store.revokeNode('web-1', 5);
    const keepAll = {
      historyMs: 1e9,
      historyRows: 1e9,
      eventMs: 1e9,
      nodeMs: 1e9,
      contentMs: 1e9,
    };
    assert.equal((await store.prune(keepAll, 2000)).events, 0);
    assert.equal((await store.prune({ ...keepAll, eventMs: 500 }, 2000)).events, 2);
    assert.deepEqual(
      (await store.joinTokens(first)).items.map(({ id }) => id),
      ['token-2'],
    );
    assert.deepEqual(
      (await store.certificates(first)).items.map(({ serial }) => serial),
      ['02'],
    );
    assert.equal(await store.revokedBefore('web-1'), 5);
  });

  contract('what people order about enrolment is in the audit log', async (store) => {
    const audit = new AuditLog(store);
    const randomBytes = (count: number) => new Uint8Array(count).fill(7);
    const orders = new EnrollmentOrders({ store, audit, clock: () => 1500, randomBytes });
    const orderer = { name: 'anna', from: '192.0.2.7' };
    const made = await orders.createToken({ nodes: 'web-*', uses: 2, lifeMs: 60_000 }, orderer);
    assert.equal(await orders.deleteToken(made.id, orderer), true);
    assert.equal(await orders.deleteToken(made.id, orderer), false);
    assert.deepEqual(await orders.revoke('web-1', orderer), { node: 'web-1', revokedBefore: 2000 });
    const result = await audit.verify();
    assert.ok(result.kind === 'whole');
    assert.equal(result.entries, 3);
    const outcomes = (await store.audit(0, 10)).map(({ entry }) => auditEntry(entry)?.outcome);
    assert.deepEqual(outcomes, ['created', 'deleted', 'revoked']);
  });
}
