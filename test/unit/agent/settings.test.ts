import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { agentSettings } from '../../../agent/settings.ts';
import { ConfigError } from '../../../platform/config-error.ts';
import { resolveSettings } from '../../../platform/config.ts';
import { LONGEST_TIMER_MS } from '../../../platform/setting-values.ts';

const required = { collector: 'localhost:7443', tlsCa: 'ca', tlsCert: 'cert', tlsKey: 'key' };

test('a scan may use a quarter of a core, unless the node is told otherwise', () => {
  assert.equal(resolveSettings(agentSettings, { flags: required, env: {} }).scanCpu, 0.25);
  const env = { TALLYMAN_SCAN_CPU: '0.5', TALLYMAN_SCAN_IO_PRESSURE: '100' };
  const settings = resolveSettings(agentSettings, { flags: required, env });
  assert.deepEqual([settings.scanCpu, settings.scanIoPressure, settings.scanMemoryPressure], [0.5, 100, 10]);
});

test('a share of the processor that cannot be is refused with what can', () => {
  for (const scanCpu of ['0', '-1', 'half', '0.001', String(availableParallelism() + 1)]) {
    assert.throws(
      () => resolveSettings(agentSettings, { flags: { ...required, scanCpu }, env: {} }),
      (error) =>
        error instanceof ConfigError &&
        error.message ===
          `scan-cpu is "${scanCpu}" (from --scan-cpu); it must be a number from 0.01 to ${availableParallelism()}`,
    );
  }
});

test('what is done every so often is done no more rarely than timers can wait', () => {
  for (const [key, name, least] of [
    ['processInterval', 'process-interval', '1s'],
    ['scheduleJitter', 'schedule-jitter', '0'],
  ] as const) {
    assert.ok(agentSettings[key].max <= LONGEST_TIMER_MS);
    assert.throws(
      () => resolveSettings(agentSettings, { flags: { ...required, [key]: '30d' }, env: {} }),
      (error) =>
        error instanceof ConfigError &&
        error.message ===
          `${name} is "30d" (from --${name}); it must be a duration such as 30s, 10m or 1h30m from ${least} to 1d`,
    );
  }
});
