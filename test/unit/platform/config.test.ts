import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../../../platform/config-error.ts';
import { parseSettingsFile } from '../../../platform/config-file.ts';
import { optionsOf, resolveSettings, type SettingsSpec } from '../../../platform/config.ts';

const spec = {
  httpListen: { type: 'host:port', default: '127.0.0.1:7480', help: 'Where to listen.' },
  interval: { type: 'duration', default: '10m', max: 86_400_000, min: 1000, help: 'How often.' },
  cache: { type: 'bytes', default: '64MiB', help: 'How much.' },
  workers: { type: 'number', min: 1, max: 16, help: 'How many.' },
  removal: { type: 'boolean', default: 'true', help: 'Whether.' },
  skip: { type: 'list', default: '', help: 'Which not.' },
  engine: { type: 'enum', values: ['containerd', 'docker'], help: 'Which.' },
  dataDir: { type: 'path', required: true, help: 'Where.' },
  apiToken: { type: 'string', secret: true, help: 'Password.' },
} as const satisfies SettingsSpec;

const base = { flags: { dataDir: '/data' }, env: {} };

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

test('defaults are read like written values, and what has none is undefined', () => {
  assert.deepEqual(resolveSettings(spec, base), {
    httpListen: { host: '127.0.0.1', port: 7480 },
    interval: 600_000,
    cache: 67_108_864,
    workers: undefined,
    removal: true,
    skip: [],
    engine: undefined,
    dataDir: '/data',
    apiToken: undefined,
  });
});

test('a flag wins over the environment, which wins over the file', async () => {
  const file = await parseSettingsFile(
    '/etc/t.yaml',
    'interval: 1s\nworkers: 3\nskip: [a, b]\nremoval: no\n',
  );
  const settled = resolveSettings(spec, {
    flags: { dataDir: 'data', interval: '3s' },
    env: { TALLYMAN_INTERVAL: '2s', TALLYMAN_WORKERS: '2', TALLYMAN_CACHE: '' },
    file,
  });
  assert.equal(settled.interval, 3000);
  assert.equal(settled.workers, 2);
  assert.deepEqual(settled.skip, ['a', 'b']);
  assert.equal(settled.removal, false);
  assert.equal(settled.cache, 67_108_864);
  assert.equal(settled.dataDir, resolve('data'));
});

test('a relative path in the file starts from the file', async () => {
  const file = await parseSettingsFile('/etc/tallyman/t.yaml', 'data-dir: ../var\n');
  assert.equal(resolveSettings(spec, { flags: {}, env: {}, file }).dataDir, '/etc/var');
});

test('a wrong value names the setting, its origin, the value and what is allowed', async () => {
  const file = await parseSettingsFile('/etc/t.yaml', '# comment\n\nworkers: 99\n');
  assert.equal(
    complaint(() => resolveSettings(spec, { ...base, file })),
    'workers is "99" (from /etc/t.yaml line 3); it must be a whole number from 1 to 16',
  );
  assert.equal(
    complaint(() => resolveSettings(spec, { ...base, env: { TALLYMAN_INTERVAL: '5' } })),
    'interval is "5" (from environment TALLYMAN_INTERVAL); it must be a duration such as 30s, 10m or 1h30m from 1s to 1d',
  );
  assert.equal(
    complaint(() => resolveSettings(spec, { env: {}, flags: { ...base.flags, engine: 'podman' } })),
    'engine is "podman" (from --engine); it must be one of containerd, docker',
  );
  assert.match(
    complaint(() => resolveSettings(spec, { env: {}, flags: { ...base.flags, httpListen: '7480' } })),
    /^http-listen is "7480" \(from --http-listen\); it must be host:port, such as/,
  );
});

test('a required setting that is nowhere is asked for by all its names', () => {
  assert.equal(
    complaint(() => resolveSettings(spec, { flags: {}, env: {} })),
    'data-dir is not set; give --data-dir, TALLYMAN_DATA_DIR or "data-dir:" in the settings file',
  );
});

test('a list where one value belongs is refused, and a secret is never shown', async () => {
  const file = await parseSettingsFile('/t.yaml', 'api-token: [hush, hush]\n');
  const message = complaint(() => resolveSettings(spec, { ...base, file }));
  assert.match(message, /^api-token is a value that is not shown \(from \/t\.yaml line 1\)/);
});

test('a secret is not taken from a flag and has none', () => {
  const flags = { ...base.flags, apiToken: 'hush' };
  assert.equal(resolveSettings(spec, { flags, env: {} }).apiToken, undefined);
  assert.equal(
    optionsOf(spec).find((option) => option.flags.includes('api-token')),
    undefined,
  );
});

test('an unknown key of the file is refused with the nearest known one', async () => {
  const near = await parseSettingsFile('/t.yaml', 'intervall: 1s\n');
  assert.equal(
    complaint(() => resolveSettings(spec, { ...base, file: near })),
    'intervall (from /t.yaml line 1) is no setting; did you mean interval?',
  );
  const far = await parseSettingsFile('/t.yaml', 'quux: 1s\n');
  assert.match(
    complaint(() => resolveSettings(spec, { ...base, file: far })),
    /no setting; known are http-listen,/,
  );
});

test('files that are no mapping of settings are refused with their line', async () => {
  await assert.rejects(parseSettingsFile('/t.yaml', 'a: [1\n'), /\/t\.yaml line \d+ is not YAML/);
  await assert.rejects(parseSettingsFile('/t.yaml', '- a\n'), /must hold one mapping/);
  await assert.rejects(parseSettingsFile('/t.yaml', 'x: 1\nworkers: {a: 1}\n'), /line 2\) must be one value/);
  assert.equal((await parseSettingsFile('/t.yaml', '# nothing\n')).entries.size, 0);
});

test('options come from the table: placeholders, defaults, and --no- for what is on by default', () => {
  const flags = optionsOf(spec).map((option) => option.flags);
  assert.ok(flags.includes('--http-listen <host:port>'));
  assert.ok(flags.includes('--engine <containerd|docker>'));
  assert.ok(flags.includes('--removal') && flags.includes('--no-removal'));
  assert.match(optionsOf(spec)[1]?.description ?? '', /default 10m; TALLYMAN_INTERVAL/);
});
