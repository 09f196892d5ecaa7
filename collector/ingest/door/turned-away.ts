import { systemCode } from '../../../platform/system-error.ts';

/** Why a connection was not let in; each with what the security record says of it. */
const WORDS = {
  'no-certificate': 'it showed no client certificate',
  'unknown-authority': 'its certificate is not from our authority',
  expired: 'its certificate has expired',
  'not-yet-valid': 'its certificate is not valid yet',
  'bad-certificate': 'its certificate is not one of a client, or is damaged',
  'distrusts-us': "it does not accept the collector's certificate",
  protocol: 'it does not speak HTTP/2 over TLS 1.2 or later',
  'too-slow': 'it did not finish its handshake in time',
  'broken-off': "it broke its handshake off, as those do that do not accept the collector's certificate",
  'too-many-connections': 'the collector has all the connections it can hold (max-connections)',
  'too-many-handshakes': 'too many handshakes are under way (max-handshakes)',
  'too-many-from-address': 'too many handshakes are under way from its address (max-handshakes-per-address)',
  'too-many-of-holder': 'there are too many connections of its node already',
} as const;

export type TurnedAwayWord = keyof typeof WORDS;

/** A connection that was not let in. */
export interface TurnedAway {
  /** As connections are counted. */
  readonly address: string;
  readonly why: TurnedAwayWord;
  /** Of whom its certificate is, where that was accepted. */
  readonly node?: string;
}

export function turnedAwayWords(why: TurnedAwayWord): string {
  return WORDS[why];
}

/**
 * What a handshake failed for. `error`: OpenSSL's or the system's; `verification`: what is wrong with the certificate, where
 * it came to that. Source of the codes: openssl-verify(1) and OpenSSL's sslerr.h, as Node spells them.
 */
export function handshakeFault(error: unknown, verification: string | undefined): TurnedAwayWord {
  if (verification !== undefined) return certificateFault(verification);
  const code = systemCode(error) ?? '';
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return 'no-certificate';
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'too-slow';
  if (/_ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/.test(code)) return 'distrusts-us';
  return code.startsWith('ERR_SSL_') ? 'protocol' : 'broken-off';
}

function certificateFault(code: string): TurnedAwayWord {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'expired';
    case 'CERT_NOT_YET_VALID':
      return 'not-yet-valid';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'unknown-authority';
    default:
      return 'bad-certificate';
  }
}
