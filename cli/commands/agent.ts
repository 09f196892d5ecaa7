import type { Command } from 'commander';
import { agentSettings } from '../../agent/settings.ts';
import { createLogger } from '../../platform/logging.ts';
import { preferLittleMemory } from '../../platform/small-memory.ts';
import { EXIT } from '../failure.ts';
import { sayReady, untilSignal } from '../run-until-signal.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';
import { toolVersion } from '../version.ts';

/** However an agent that cannot go on ends, whoever looks after it must see that. */
const LATEST_END_MS = 60_000;

export function addAgentCommand(program: Command): void {
  const command = program.command('agent').description('Watch this node and report to the collector');
  addSettingsOptions(command, agentSettings).action(async () => {
    const settings = await settingsFrom(command, agentSettings);
    const { startAgent } = await import('../../agent/main.ts');
    preferLittleMemory();
    const logger = createLogger({ component: 'agent', level: settings.logLevel });
    const agent = await startAgent(settings, { logger, version: toolVersion() });
    sayReady({ metrics: agent.metricsAddress });
    const failure = await Promise.race([untilSignal(), agent.failed]);
    if (failure !== undefined) setTimeout(() => process.exit(EXIT.failed), LATEST_END_MS).unref();
    await agent.close();
    if (failure !== undefined) throw failure;
  });
}
