import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Access } from '../../collector/api/access.ts';
import { startApi, type Api, type ApiOptions } from '../../collector/api/api.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { createLogger } from '../../platform/logging.ts';
import { MetricsRegistry } from '../../platform/metrics.ts';
import { idleCleanup } from '../support/idle-cleanup.ts';

// Whom the API answers, and whom it lets write.

const folder = mkdtempSync(join(tmpdir(), 'tallyman-api-'));

let store: Store;
let api: Api;
let base: string;

before(async () => {
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
  api = await start({ open: false });
  base = `http://127.0.0.1:${api.address.port}`;
});

after(async () => {
  await api.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function start(access: Access, host = '127.0.0.1'): Promise<Api> {
  return startApi({ ...options(host), access });
}

function options(host: string): Omit<ApiOptions, 'access'> {
  return {
    store,
    cleanup: idleCleanup(store),
    clock: Date.now,
    listen: { host, port: 0 },
    version: '1',
    registry: new MetricsRegistry(),
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    logger: createLogger({ component: 'test', level: 'silent' }),
  };
}

test('with a token the inventory takes it, and probes do not', async () => {
  const guarded = await start({ open: false, token: 'open sesame' });
  try {
    const address = `http://127.0.0.1:${guarded.address.port}`;
    for (const authorization of ['', 'Bearer wrong', 'open sesame', 'Bearer open sesame!']) {
      const response = await fetch(`${address}/api/v1/summary`, { headers: { authorization } });
      assert.equal(response.status, 401);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    }
    const headers = { authorization: 'Bearer open sesame' };
    assert.equal((await fetch(`${address}/api/v1/summary`, { headers })).status, 200);
    for (const path of ['/healthz', '/readyz', '/metrics', '/api/openapi.json']) {
      assert.equal((await fetch(`${address}${path}`)).status, 200, path);
    }
  } finally {
    await guarded.close();
  }
});

test('on loopback without a token, another name for the address is refused', async () => {
  for (const [host, expected] of [
    ['attacker.example', 421],
    ['attacker.example:7480', 421],
    ['localhost:7480', 200],
    ['[::1]:7480', 200],
    ['127.0.0.1', 200],
  ] as const) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${base}/api/v1/summary`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(status, expected, host);
  }
});

test('an address that others reach takes a token or an explicit word', async () => {
  await assert.rejects(start({ open: false }, '0.0.0.0'), {
    name: 'ConfigError',
    message:
      /^http-listen is 0\.0\.0\.0:0, which others can reach, and there is no api-token; set TALLYMAN_API_TOKEN/,
  });
  for (const access of [{ open: true }, { open: false, token: 't' }]) {
    await (await start(access, '0.0.0.0')).close();
  }
});

test('writing takes the token; without one it is for loopback, and not for pages of others', async () => {
  const body = JSON.stringify({ issuer: 'test', entries: [] });
  const put = async (port: number, headers: Record<string, string>): Promise<number> => {
    const address = `http://127.0.0.1:${port}/api/v1/cleanup/verdicts/v`;
    const type = { 'content-type': 'application/json' };
    return (await fetch(address, { method: 'PUT', body, headers: { ...type, ...headers } })).status;
  };
  const { port } = api.address;
  assert.equal(await put(port, {}), 200);
  assert.equal(await put(port, { origin: 'http://localhost:7480' }), 200);
  assert.equal(await put(port, { origin: 'https://attacker.example' }), 403);
  assert.equal(await put(port, { origin: 'null' }), 403);

  const guarded = await start({ open: false, token: 't' });
  assert.equal(await put(guarded.address.port, {}), 401);
  assert.equal(await put(guarded.address.port, { authorization: 'Bearer t' }), 200);
  await guarded.close();

  const open = await start({ open: true }, '0.0.0.0');
  assert.equal(await put(open.address.port, {}), 403);
  const read = await fetch(`http://127.0.0.1:${open.address.port}/api/v1/cleanup/verdicts/v`);
  assert.equal(read.status, 200);
  await open.close();
});

test(
  'closing waits but a moment for a client that does not end its request',
  { timeout: 20_000 },
  async () => {
    const closing = await start({ open: false });
    const client = connect(closing.address.port, '127.0.0.1');
    client.write('POST /api/v1/cleanup/plans HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{');
    await once(client, 'connect');
    client.resume();
    // An answer to another one shows that the first was read.
    assert.equal((await fetch(`http://127.0.0.1:${closing.address.port}/healthz`)).status, 200);
    const gone = once(client, 'close');
    client.on('error', () => undefined);
    await closing.close();
    await gone;
  },
);
