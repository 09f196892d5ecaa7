import { encodeRefusal, QUEUED_MINOR } from '../../proto/codec/session.ts';
import { WireError } from '../../proto/codec/wire-error.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import type { Newcomer } from './admission.ts';
import { admitHello } from './hello.ts';
import { decodeWithin, Session, type SessionShared } from './session.ts';
import { ChannelError, type SessionChannel } from './session-channel.ts';
import { SessionRefusal } from './session-refusal.ts';

interface Introduction {
  readonly session: Session;
  readonly limits: tallyman.v1.Hello.$Properties['limits'];
  readonly understandsQueued: boolean;
}

/** Serves one stream from its first message to its end. Never rejects. */
export async function serveSession(channel: SessionChannel, shared: SessionShared): Promise<void> {
  // Whom the refusal is recorded for; the certificate's word counts more than the agent's.
  let node = channel.peer?.node ?? '';
  try {
    const draining = shared.draining();
    if (draining) throw draining;
    if (channel.isNameless)
      throw new SessionRefusal('wrong-node', 'the certificate names no node; give each node one of its own');
    const introduced = await introduction(channel, shared);
    if (!introduced) return;
    ({ node } = introduced.session);
    await shared.admission.enter(newcomer(channel, introduced.understandsQueued));
    await introduced.session.run(introduced.limits);
    shared.parts.logger.info({ node, address: channel.address() }, 'session ended');
  } catch (error) {
    await refuse(channel, shared, node, error);
  } finally {
    channel.end();
  }
}

/**
 * The session that a hello begins, with what else it says; undefined when none comes. A function of its own, so that
 * the hello's bytes are not held for as long as the session lasts.
 */
async function introduction(
  channel: SessionChannel,
  shared: SessionShared,
): Promise<Introduction | undefined> {
  const first = await channel.receive(shared.parts.timing.helloMs);
  if (!first) return undefined;
  const { hello } = decodeWithin(first, shared.limits.maxMessageBytes);
  if (!hello) throw new SessionRefusal('protocol', 'the first message is not a hello');
  const admitted = admitHello(hello, channel.peer);
  return {
    session: new Session(channel, shared, admitted, first.length),
    limits: hello.limits,
    understandsQueued: admitted.protocolMinor >= QUEUED_MINOR,
  };
}

function newcomer(channel: SessionChannel, understandsQueued: boolean): Newcomer {
  const gone = (): Error | undefined => channel.over;
  if (!understandsQueued) return { gone };
  return { gone, tell: (ahead) => void channel.post({ queued: { ahead } }) };
}

/** Tells the agent why, as far as it is the agent's matter, and keeps a record where it looks like more than bad luck. */
async function refuse(
  channel: SessionChannel,
  shared: SessionShared,
  node: string,
  error: unknown,
): Promise<void> {
  const { logger, store, clock } = shared.parts;
  const address = channel.address();
  if (error instanceof ChannelError) {
    logger.info({ node, address, code: error.code, why: error.message }, 'session ended');
    return;
  }
  const refusal = refusalFor(error, shared.parts.timing.storeRetryMs);
  const { reason, message } = refusal;
  if (error instanceof SessionRefusal)
    logger.warn({ node, address, reason, refusal: message }, 'session refused');
  else logger.error({ err: error, node, address }, 'session broken off');
  try {
    if (reason !== 'overloaded') {
      // Which of two agents is the wrong one, people find by where it is.
      const said = reason === 'duplicate' ? `${message} (refused at ${hostOf(address)})` : message;
      await store.recordRefusal({ node, reason, message: said, at: clock() });
    }
    await channel.send(encodeRefusal(refusal));
  } catch (failure) {
    logger.info({ err: failure, node }, 'refusal not delivered');
  }
}

/** gRPC's `ip:port` without its port, which is another each time. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

function refusalFor(error: unknown, storeRetryMs: number): SessionRefusal {
  if (error instanceof SessionRefusal) return error;
  if (error instanceof WireError) return new SessionRefusal('protocol', error.message);
  return new SessionRefusal('overloaded', 'the collector could not store what came', storeRetryMs);
}
