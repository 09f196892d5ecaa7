import { Command } from 'commander';
import { untilSignal } from '../../cli/run-until-signal.ts';
import { addSettingsOptions, settingsFrom } from '../../cli/settings-options.ts';
import { startCollector } from '../../collector/main.ts';
import { collectorSettings } from '../../collector/settings.ts';
import { createLogger } from '../../platform/logging.ts';

// `tallyman collector` whose node certificates may live for seconds, which no operator should ask for.

const settings = {
  ...collectorSettings,
  nodeCertificateLife: { ...collectorSettings.nodeCertificateLife, min: 1000 },
};
const program = addSettingsOptions(new Command('short-lived-collector'), settings);
program.parse();
const logger = createLogger({ component: 'collector', level: 'info' });
const collector = await startCollector(await settingsFrom(program, settings), { logger, version: '0.0.0' });
await untilSignal();
await collector.close();
