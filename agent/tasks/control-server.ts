import { chmodSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CleanupError } from '../cleanup/cleanup-error.ts';
import { PolicyError, readPolicy } from '../../core/cleanup/policy-json.ts';
import type { CleanupService } from './cleanup-service.ts';
import { watchRun } from './watch-run.ts';
import { errorMessage } from '../../platform/error-message.ts';

/** What a request for cleanup asks, as JSON. */
export type ControlRequest =
  | { readonly ask: 'plan'; readonly policy: unknown }
  | { readonly ask: 'apply'; readonly planId: string; readonly issuer: string }
  | {
      readonly ask: 'undo';
      readonly runId: string;
      readonly issuer: string;
      readonly reason: string;
      readonly imageIds?: readonly string[];
    }
  | { readonly ask: 'settle'; readonly runId: string; readonly issuer?: string }
  /** The run that goes on now when no ID is given. */
  | { readonly ask: 'watch'; readonly runId?: string }
  | { readonly ask: 'history' }
  | { readonly ask: 'receipt'; readonly runId: string };

/** The answer: any number of progress lines, then one of the others. A JSON document a line. */
export type ControlLine =
  | { readonly progress: unknown }
  | { readonly answer: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };

/** The socket's name in the state folder. */
export const CONTROL_SOCKET = 'control.sock';

/** What can be asked for. */
export type ControlledCleanup = Pick<
  CleanupService,
  'plan' | 'apply' | 'undo' | 'settle' | 'history' | 'receipt'
>;

export interface ControlServer {
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

/**
 * Answers requests of `tallyman cleanup` on this node, on a unix socket that only our own user can open: the agent alone
 * knows how old images are.
 */
export async function startControlServer(
  path: string,
  cleanup: ControlledCleanup,
  signal: AbortSignal,
): Promise<ControlServer> {
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer((request, response) => void answer(request, response, cleanup, signal));
  server.maxConnections = 8;
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        rmSync(path, { force: true });
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  cleanup: ControlledCleanup,
  signal: AbortSignal,
): Promise<void> {
  const say = (line: ControlLine): void => void response.write(`${JSON.stringify(line)}\n`);
  const heard = new AbortController();
  response.once('close', () => heard.abort());
  response.setHeader('content-type', 'application/x-ndjson');
  try {
    const asked = JSON.parse(await bodyOf(request)) as ControlRequest;
    const onProgress = (record: unknown): void => say({ progress: record });
    say({ answer: await carryOut(asked, cleanup, onProgress, { signal, heard: heard.signal }) });
  } catch (error) {
    const isKnown = error instanceof CleanupError || error instanceof PolicyError;
    const message = errorMessage(error);
    say({ error: { code: isKnown ? error.code : 'failed', message } });
  }
  response.end();
}

/** `signal`: the agent ends. `heard`: whoever asked is gone; that ends no run, only what is done for them alone. */
async function carryOut(
  asked: ControlRequest,
  cleanup: ControlledCleanup,
  onProgress: (record: unknown) => void,
  { signal, heard }: { readonly signal: AbortSignal; readonly heard: AbortSignal },
): Promise<unknown> {
  switch (asked.ask) {
    case 'plan': {
      const { plan, leaks } = await cleanup.plan(readPolicy(asked.policy), signal);
      return { plan, leaks };
    }
    case 'apply':
      return await cleanup.apply({ planId: asked.planId, issuer: asked.issuer, onProgress }, signal);
    case 'undo': {
      const { runId, issuer, reason, imageIds } = asked;
      return await cleanup.undo(runId, { issuer, reason, ...(imageIds && { imageIds }) }, signal);
    }
    case 'settle':
      await cleanup.settle(signal, asked.runId, asked.issuer ?? 'a person on this node');
      return cleanup.receipt(asked.runId);
    case 'watch':
      return await watchRun(cleanup, asked.runId, onProgress, AbortSignal.any([signal, heard]));
    case 'history':
      return cleanup.history();
    case 'receipt':
      return cleanup.receipt(asked.runId);
    default:
      throw new CleanupError('refused', 'this agent does not know such a request; it is of another version');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_REQUEST_BYTES) throw new CleanupError('refused', 'the request is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
