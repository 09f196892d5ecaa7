import type { Command } from 'commander';
import { createLogger } from '../../platform/logging.ts';
import { collectorSettings } from '../../collector/settings.ts';
import { sayReady, untilSignal } from '../run-until-signal.ts';
import { addMigrateCommand } from '../collector/migrate.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';
import { toolVersion } from '../version.ts';

export function addCollectorCommand(program: Command): void {
  const command = program.command('collector').description("Keep the fleet's inventory and answer for it");
  addSettingsOptions(command, collectorSettings).action(async () => {
    const settings = await settingsFrom(command, collectorSettings);
    const { startCollector } = await import('../../collector/main.ts');
    const logger = createLogger({ component: 'collector', level: settings.logLevel });
    const collector = await startCollector(settings, { logger, version: toolVersion() });
    sayReady({ grpc: collector.grpcAddress, http: collector.httpAddress });
    await untilSignal();
    await collector.close();
  });
  addMigrateCommand(command);
}
