import { isNodeName, type PeerIdentity } from '../../platform/node-identity.ts';
import { quoted, text } from '../../proto/codec/fields.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import type { CatalogerVersion } from './content-intake.ts';
import { SessionRefusal } from './session-refusal.ts';

const LONGEST_WORD = 128;
const MAX_CATALOGERS = 256;

/** An agent's hello, checked. */
export interface AdmittedHello {
  readonly node: string;
  readonly instance: string;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly epoch: string;
  readonly protocolMinor: number;
  /** Commands it takes ahead of their results; 0: any number. */
  readonly commandCredit: number;
  readonly catalogers: readonly CatalogerVersion[];
}

/**
 * Is the agent who it says it is, and does it say all that is needed? `peer` is what its certificate says; undefined
 * in plain text, where its word has to do. Throws a SessionRefusal.
 */
export function admitHello(
  hello: tallyman.v1.Hello.$Properties,
  peer: PeerIdentity | undefined,
): AdmittedHello {
  const node = text(hello.node);
  if (peer && peer.node !== node) {
    throw new SessionRefusal(
      'wrong-node',
      `the certificate is that of node ${peer.node}, but the agent reports as ${quoted(node)}; give each node a certificate of its own`,
    );
  }
  if (!isNodeName(node)) throw new SessionRefusal('wrong-node', `${quoted(node)} cannot name a node`);
  const catalogers = hello.catalogers ?? [];
  if (catalogers.length > MAX_CATALOGERS) throw new SessionRefusal('limit', 'too many catalogers');
  return {
    node,
    instance: required(hello.instance, 'instance'),
    agentVersion: required(hello.agentVersion, 'agent version'),
    bootId: required(hello.bootId, 'boot id'),
    epoch: required(hello.epoch, 'epoch'),
    protocolMinor: hello.protocolMinor ?? 0,
    commandCredit: hello.commandCredit ?? 0,
    catalogers: catalogers.map(({ id, version }) => ({
      id: required(id, 'cataloger'),
      version: version ?? 0,
    })),
  };
}

function required(value: string | null | undefined, what: string): string {
  const word = text(value);
  if (word !== '' && word.length <= LONGEST_WORD) return word;
  throw new SessionRefusal(
    'protocol',
    `the hello has no ${what}, or one longer than ${LONGEST_WORD} characters`,
  );
}
