import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handshakeFault } from '../../../../../collector/ingest/door/turned-away.ts';

function failed(code: string): Error {
  return Object.assign(new Error('it failed'), { code });
}

test('what a handshake failed for has a word for people', () => {
  for (const [code, word] of [
    ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'no-certificate'],
    ['ERR_SSL_HTTP_REQUEST', 'protocol'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'protocol'],
    ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'protocol'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'distrusts-us'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'distrusts-us'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'distrusts-us'],
    ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN', 'distrusts-us'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'protocol'],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', 'too-slow'],
    ['ECONNRESET', 'broken-off'],
  ] as const) {
    assert.equal(handshakeFault(failed(code), undefined), word, code);
  }
  assert.equal(handshakeFault('no error at all', undefined), 'broken-off');
});

test('a certificate that is not accepted counts more than how the connection ended', () => {
  for (const [verification, word] of [
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'not-yet-valid'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown-authority'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown-authority'],
    ['INVALID_PURPOSE', 'bad-certificate'],
    ['CERT_SIGNATURE_FAILURE', 'bad-certificate'],
  ] as const) {
    assert.equal(handshakeFault(failed('ECONNRESET'), verification), word);
  }
});
