import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EXIT } from '../../../cli/failure.ts';
import { fleetSettings } from '../../../cli/fleet/fleet-settings.ts';
import { knownSettings } from '../../../cli/known-settings.ts';
import { nodeSettings } from '../../../cli/node/node-settings.ts';
import { TARGET_FORMS } from '../../../cli/scan/target.ts';
import { scanSettings } from '../../../cli/scan/scan-settings.ts';
import { environmentName, settingName } from '../../../platform/config.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

test('docs/cli.md has every exit code', () => {
  for (const code of Object.values(EXIT)) assert.match(page, new RegExp(`^\\| ${code} +\\|`, 'm'));
});

test('docs/cli.md has every kind of target', () => {
  for (const form of TARGET_FORMS.split(', ')) assert.ok(page.includes(`\`${form}\``), form);
});

test('docs/cli.md has every setting, and those of agent and collector with their defaults', () => {
  const ofCommands = [scanSettings, nodeSettings, fleetSettings];
  for (const spec of knownSettings) {
    for (const [key, setting] of Object.entries(spec)) {
      const name = settingName(key);
      if (ofCommands.some((one) => one === spec)) {
        assert.ok(page.includes(`--${name}`) || page.includes(environmentName(key)), name);
        continue;
      }
      const row = page
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\``) && line.includes(setting.help));
      assert.ok(row !== undefined, `${name}: ${setting.help}`);
      if (setting.default !== undefined && setting.default !== '' && key !== 'node')
        assert.ok(row.includes(`\`${setting.default}\``), row);
    }
  }
});
