import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, systemPath, textOf } from '../../../../agent/layers/path-text.ts';

const byteString = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

test('any bytes come back from their text', () => {
  fc.assert(fc.property(byteString, (bytes) => assert.equal(bytesOf(textOf(bytes)), bytes)));
});

test('UTF-8 becomes the text it stands for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(text.isWellFormed());
      assert.equal(textOf(Buffer.from(text).toString('latin1')), text);
    }),
  );
});

test('bytes that are no UTF-8 stay apart', () => {
  assert.equal(textOf('caf\xe9'), 'caf\udce9');
  assert.equal(textOf('\xc3\xa9\xff'), 'é\udcff');
  assert.notEqual(textOf('\xfe'), textOf('\xff'));
});

test('the system gets the very bytes', () => {
  assert.equal(systemPath('/usr'), '/usr');
  assert.deepEqual(systemPath('/\xe9'), Buffer.from([0x2f, 0xe9]));
});
