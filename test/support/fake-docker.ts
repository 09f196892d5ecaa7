import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Answers of a Docker that cannot be had in tests, by path without query; what is not listed is a 404. */
export type FakeAnswers = Readonly<
  Record<string, object | ((request: IncomingMessage, response: ServerResponse) => void)>
>;

/** An HTTP server on a unix socket that speaks as much of the Engine API as a test needs. */
export async function startFakeDocker(
  answers: FakeAnswers,
): Promise<{ readonly address: string; readonly requests: readonly string[]; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-fake-docker-'));
  const address = join(folder, 'docker.sock');
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    requests.push(path);
    const answer = answers[path];
    if (typeof answer === 'function') return answer(request, response);
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: `no such thing: ${path}` }));
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return {
    address,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
