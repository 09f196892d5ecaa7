import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sbomMaker, sbomMoment, type SbomMoment } from '../../../../cli/scan/sbom.ts';
import type { SbomSubject } from '../../../../core/sbom/subject.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const subject: SbomSubject = { name: 'x', diffIds: [], packages: [] };
const fixed: SbomMoment = { created: '2026-01-01T00:00:00Z', isReproducible: true };

test('a document is of now, to the second', () => {
  const moment = sbomMoment(Date.UTC(2026, 0, 2, 3, 4, 5, 678), undefined);
  assert.deepEqual(moment, { created: '2026-01-02T03:04:05Z', isReproducible: false });
});

test('SOURCE_DATE_EPOCH counts instead, where it is set', () => {
  assert.deepEqual(sbomMoment(0, '1700000000'), { created: '2023-11-14T22:13:20Z', isReproducible: true });
  assert.equal(sbomMoment(0, '0').created, '1970-01-01T00:00:00Z');
  assert.equal(sbomMoment(0, '253402300799').created, '9999-12-31T23:59:59Z');
  assert.equal(sbomMoment(0, '').isReproducible, false);
});

test('a wrong SOURCE_DATE_EPOCH names itself', () => {
  for (const wrong of ['yesterday', '-1', '1.5', '1e3', '253402300800', ' 1']) {
    assert.throws(() => sbomMoment(0, wrong), { exitCode: 2, message: /^SOURCE_DATE_EPOCH is "/ }, wrong);
  }
});

test('every document has a number of its own', () => {
  const moment = sbomMoment(0, undefined);
  const uuids = [1, 2].map(() => sbomMaker(subject, moment, '1').uuid);
  for (const uuid of uuids) assert.match(uuid, UUID);
  assert.notEqual(uuids[0], uuids[1]);
});

test('a reproducible one has the number that its content gives', () => {
  const { uuid } = sbomMaker(subject, fixed, '1');
  assert.match(uuid, UUID);
  assert.equal(sbomMaker(subject, fixed, '1').uuid, uuid);
  assert.notEqual(sbomMaker({ ...subject, name: 'y' }, fixed, '1').uuid, uuid);
  assert.notEqual(sbomMaker(subject, fixed, '2').uuid, uuid);
});
