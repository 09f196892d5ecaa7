import type { MessagePort } from 'node:worker_threads';
import type { OpenBlob } from '../blob/blob-source.ts';
import { LayerError, layerErrorOf, type LayerErrorCode } from '../layer-error.ts';

/** The reading side asks for one piece at a time, so that no more than two are ever on their way. */
type Request = { readonly kind: 'next' | 'close'; readonly stream: number };

type Reply =
  | { readonly kind: 'piece'; readonly stream: number; readonly piece: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'end'; readonly stream: number }
  | {
      readonly kind: 'error';
      readonly stream: number;
      readonly code: LayerErrorCode;
      readonly message: string;
    };

/**
 * Answers a `portBlob` on the other end of the port: opens the blob anew for each of its streams, and reads on only when
 * asked to. Closing the port ends all streams.
 */
export function serveBlob(port: MessagePort, open: OpenBlob): void {
  const streams = new Map<number, AsyncIterator<Uint8Array>>();

  async function reply({ kind, stream }: Request): Promise<Reply | undefined> {
    const iterator = streams.get(stream) ?? open()[Symbol.asyncIterator]();
    streams.set(stream, iterator);
    if (kind === 'close') {
      streams.delete(stream);
      await iterator.return?.();
      return undefined;
    }
    const { done, value } = await iterator.next();
    return done === true ? { kind: 'end', stream } : { kind: 'piece', stream, piece: toBeSent(value) };
  }

  function answer(request: Request): void {
    reply(request).then(
      (message) => {
        if (message === undefined) return;
        port.postMessage(message, message.kind === 'piece' ? [message.piece.buffer] : []);
      },
      (error: unknown) => {
        const { code, message } = layerErrorOf(error, 'the layer blob');
        port.postMessage({ kind: 'error', stream: request.stream, code, message });
      },
    );
  }

  port.on('message', (request: Request) => answer(request));
  port.on('close', () => {
    for (const iterator of streams.values()) iterator.return?.().catch(() => undefined);
    streams.clear();
  });
}

/** A blob that is opened and read by `serveBlob` on the other end of the port. */
export function portBlob(port: MessagePort): OpenBlob {
  const waiting = new Map<number, (reply: Reply) => void>();
  let streams = 0;
  port.on('message', (reply: Reply) => {
    waiting.get(reply.stream)?.(reply);
  });

  function ask(stream: number): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    waiting.set(stream, resolve);
    port.postMessage({ kind: 'next', stream } satisfies Request);
    return promise;
  }

  return async function* () {
    const stream = streams++;
    try {
      for (let pending = ask(stream); ;) {
        const reply = await pending;
        if (reply.kind === 'end') return;
        if (reply.kind === 'error') throw new LayerError(reply.code, reply.message);
        // The next piece is fetched while this one is worked on.
        pending = ask(stream);
        yield reply.piece;
        // Freed by hand: to the garbage collector these look small.
        reply.piece.buffer.transfer(0);
      }
    } finally {
      waiting.delete(stream);
      port.postMessage({ kind: 'close', stream } satisfies Request);
    }
  };
}

/** A piece that is part of a larger buffer is copied: the buffer would be sent in full. */
function toBeSent(piece: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = piece;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === length;
  return isWhole ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(piece);
}
