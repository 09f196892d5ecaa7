import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canReadTrusted } from '../../../../../agent/layers/directory/overlay-attributes.ts';

const FIRST_NAMESPACE = '         0          0 4294967295\n';

function status(capabilities: string): string {
  return `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${capabilities}\nCapBnd:\t000001ffffffffff\n`;
}

test('trusted attributes are seen with CAP_SYS_ADMIN in the first user namespace alone', () => {
  assert.equal(canReadTrusted(status('000001ffffffffff'), FIRST_NAMESPACE), true);
  assert.equal(canReadTrusted(status('0000000000200000'), FIRST_NAMESPACE), true);
  assert.equal(canReadTrusted(status('000001ffffdfffff'), FIRST_NAMESPACE), false);
  assert.equal(canReadTrusted(status('00000000a80425fb'), FIRST_NAMESPACE), false);
  assert.equal(canReadTrusted(status('000001ffffffffff'), '         0     100000      65536\n'), false);
  assert.equal(canReadTrusted('', FIRST_NAMESPACE), false);
});
