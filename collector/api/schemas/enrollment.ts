import { count, named, object, oneOf, text, time, type NamedSchema } from './json-schema.ts';

const joinToken = {
  id: text,
  nodes: { ...text, description: "A node's name, or a pattern in which * stands for any characters" },
  uses: count,
  used: count,
  createdAt: time,
  expiresAt: time,
};

export const enrollmentSchemas: readonly NamedSchema[] = [
  named(
    'JoinToken',
    'What a node can show to get a certificate, without the text to show',
    object(joinToken),
  ),
  named('NewJoinToken', 'A join token and its text', object({ ...joinToken, text })),
  named(
    'NodeCertificate',
    'A certificate that the collector issued; key is the SHA-256 of its public key',
    object(
      {
        serial: text,
        node: text,
        key: text,
        issuedAt: time,
        validUntil: time,
        proof: oneOf('join-token', 'service-account-token', 'renewal'),
      },
      { joinToken: { ...text, description: 'Id of the token that was shown' } },
    ),
  ),
  named(
    'Revocation',
    'Certificates of the node that are valid from an earlier time count no more',
    object({ node: text, revokedBefore: time }),
  ),
];
