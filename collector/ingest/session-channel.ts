import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { DeadlineError, withDeadline } from '../../platform/deadline.ts';
import { peerIdentity, type PeerIdentity } from '../../platform/node-identity.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import { encodeResponse, type Response } from '../../proto/codec/session.ts';
import { errorMessage } from '../../platform/error-message.ts';

export type SessionCall = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Answers and commands that may wait for the agent to take them. */
const MAX_WAITING = 64;

/**
 * A stream ended without anyone having done wrong.
 * - `broken`: the connection is gone, or the agent cancelled.
 * - `silent`: nothing came for too long.
 * - `slow`: the agent does not take what is sent.
 * - `evicted`: we ended it.
 */
export class ChannelError extends Error {
  readonly code: 'broken' | 'silent' | 'slow' | 'evicted';

  constructor(code: ChannelError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ChannelError';
    this.code = code;
  }
}

/** The collector's end of one stream. All that fails here is a ChannelError. */
export class SessionChannel {
  /** There is a client certificate, but it names no node, or more than one: its agent's word must not do instead. */
  readonly isNameless: boolean;
  readonly #call: SessionCall;
  readonly #messages: AsyncIterator<Uint8Array>;
  readonly #queue = new SerialQueue(MAX_WAITING);
  readonly #sendMs: number;
  readonly #maxMessageBytes: number;
  readonly #peer: PeerIdentity | undefined;
  /** Ends the one write under way; gRPC forgets its callback when the stream ends before. */
  #giveUp: ((error: ChannelError) => void) | undefined;
  #end: ChannelError | undefined;

  constructor(call: SessionCall, options: { readonly sendMs: number; readonly maxMessageBytes: number }) {
    this.#call = call;
    this.#sendMs = options.sendMs;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#messages = call[Symbol.asyncIterator]();
    const certificate = call.getAuthContext().sslPeerCertificate;
    this.#peer = certificate && peerIdentity(certificate.raw);
    this.isNameless = certificate !== undefined && this.#peer === undefined;
    call.on('error', (error) => this.#over(error));
    call.once('cancelled', () => this.#over(new Error('the agent is gone')));
  }

  /** Who the client certificate speaks for; undefined when it names no node, or there is none. */
  get peer(): PeerIdentity | undefined {
    return this.#peer;
  }

  /** Address of the other side, for logs. */
  address(): string {
    return this.#call.getPeer();
  }

  /** Why the stream is over; undefined while it is not. */
  get over(): ChannelError | undefined {
    return this.#end;
  }

  /** The next message; undefined at the end of the stream, an error after `ms` of silence. */
  async receive(ms: number): Promise<Uint8Array | undefined> {
    try {
      const result = await withDeadline(this.#messages.next(), ms, 'the next message of the agent');
      return result.done ? undefined : result.value;
    } catch (error) {
      throw this.#end ?? channelError(error, 'silent');
    }
  }

  /** Resolves when the transport took the message. Rejects when it does not in time, or too many wait. */
  async send(message: Response): Promise<void> {
    const bytes = encodeResponse(message);
    try {
      await this.#queue.run(() => withDeadline(this.#write(bytes), this.#sendMs, 'the agent'));
    } catch (error) {
      throw this.#end ?? channelError(error, 'slow');
    }
  }

  /** As `send`, without waiting. False, and not sent: too many messages wait, the stream is over, or it is too large. */
  post(message: Response): boolean {
    if (this.#queue.full || this.#end || encodeResponse(message).length > this.#maxMessageBytes) return false;
    // Should it fail, the reader of the stream learns of it too.
    this.send(message).catch(() => undefined);
    return true;
  }

  /** Ends the session, wherever it waits. */
  evict(why: string): void {
    this.#over(new ChannelError('evicted', why));
    // Not `destroy`: that would leave the agent without a status.
    this.#call.emit('error', { code: status.ABORTED, details: why });
  }

  /** Ends the stream from our side. */
  end(): void {
    this.#call.end();
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      this.#giveUp = reject;
      this.#call.write(bytes, (error?: Error | null) => (error ? reject(error) : resolve()));
    });
  }

  #over(error: unknown): void {
    this.#end ??= channelError(error, 'broken');
    this.#giveUp?.(this.#end);
  }
}

function channelError(error: unknown, late: ChannelError['code']): ChannelError {
  if (error instanceof ChannelError) return error;
  const message = errorMessage(error);
  return new ChannelError(error instanceof DeadlineError ? late : 'broken', message, error);
}
