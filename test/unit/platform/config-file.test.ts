import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../../platform/config-error.ts';
import { loadSettings, parseSettingsFile } from '../../../platform/config-file.ts';
import type { SettingsSpec } from '../../../platform/config.ts';

const spec = {
  interval: { type: 'duration', default: '10m', max: 86_400_000, help: 'How often.' },
} as const satisfies SettingsSpec;
const folder = mkdtempSync(join(tmpdir(), 'tallyman-config-'));
const path = join(folder, 'settings.yaml');
writeFileSync(path, 'interval: 5s\n');
after(() => rmSync(folder, { recursive: true }));

test('the file is the one that --config names, else TALLYMAN_CONFIG, else none', async () => {
  assert.equal((await loadSettings(spec, { flags: {}, env: {} })).interval, 600_000);
  assert.equal((await loadSettings(spec, { flags: {}, env: { TALLYMAN_CONFIG: path } })).interval, 5000);
  const both = { flags: { config: path }, env: { TALLYMAN_CONFIG: join(folder, 'none') } };
  assert.equal((await loadSettings(spec, both)).interval, 5000);
});

test('a file that cannot be read, or is far too large, is said with its name', async () => {
  const missing = join(folder, 'missing.yaml');
  const large = join(folder, 'large.yaml');
  writeFileSync(large, Buffer.alloc(1024 * 1024 + 1));
  for (const config of [missing, large, folder]) {
    await assert.rejects(loadSettings(spec, { flags: { config }, env: {} }), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.code, 'unreadable-file');
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  }
});

test('any text is a settings file or a ConfigError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      try {
        await parseSettingsFile('/t.yaml', text);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
      }
    }),
  );
});
