import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { otp } from '../../../../../agent/catalogers/otp/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

function packageIn(text: string, path = 'usr/local/lib/erlang/lib/stdlib-4.2/ebin/stdlib.app') {
  return otp.parse(bufferFile(path, text)).packages?.[0];
}

test('a resource file gives the application, its version and what it needs', () => {
  const text = `%% {application, other, [{vsn, "0"}]}.
{application, stdlib,
 [{description, "ERTS  CXC 138 10"},
  {vsn, "4.2"},
  {modules, [array, base64]},
  {included_applications, [sasl]},
  {applications, [kernel,
                  sasl]}]}.`;
  assert.deepEqual(packageIn(text), {
    type: 'otp',
    name: 'stdlib',
    version: '4.2',
    dependencies: ['sasl', 'kernel'],
  });
});

test('a file that is still to be filled in, or is something else, gives none', () => {
  assert.equal(packageIn('{application, x, [{vsn, "%VSN%"}]}.'), undefined);
  assert.equal(packageIn('{application, x, []}.'), undefined);
  assert.equal(packageIn('<plist/>'), undefined);
});

test('only files beside compiled modules are looked at', () => {
  assert.ok(otp.candidates.accepts('app/lib/phoenix-1.7.0/ebin/phoenix.app'));
  assert.ok(!otp.candidates.accepts('app/lib/phoenix/src/phoenix.app'));
  assert.ok(!otp.candidates.accepts('Applications/Thing.app'));
});

test('any text gives a package or none', () => {
  const words = fc.constantFrom(
    '{application, x, [',
    '{vsn, "1"}',
    '{applications, [a, b',
    ']}',
    '%',
    '\n',
    '"',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      const found = packageIn(parts.join(''));
      assert.ok(found === undefined || found.version === '1');
    }),
  );
});
