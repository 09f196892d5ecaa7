import type { Command } from 'commander';
import { EXIT, Failure } from '../failure.ts';
import { openCollector } from '../fleet/collector.ts';
import { acknowledgeDifferences } from '../fleet/differences.ts';
import { fleetSettings } from '../fleet/fleet-settings.ts';
import { writeList } from '../fleet/list.ts';
import { verificationColumns } from '../fleet/tables.ts';
import { writeOutput } from '../output/format.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';

interface VerificationFlags {
  readonly outcome?: string;
  readonly acknowledge?: string;
  readonly reason?: string;
}

export function addFleetVerificationCommand(fleet: Command): void {
  const verification = fleet
    .command('verification')
    .description('Layers that two nodes read, and in what they differ; what is kept stays as it is')
    .option(
      '--outcome <outcome>',
      'Only those that are "different", "open" (nobody knows of it yet), or the "same"',
    )
    .option(
      '--acknowledge <layer>',
      'Say that you know in what this layer differs; it is shown as news no more',
    )
    .option('--reason <text>', 'With --acknowledge: why that is well, for others and the audit log');
  addSettingsOptions(verification, fleetSettings).action(async (flags: VerificationFlags) => {
    const { outcome, acknowledge, reason } = flags;
    checkFlags(flags);
    const settings = await settingsFrom(verification, fleetSettings);
    const api = await openCollector(settings);
    const columns = verificationColumns(Date.now());
    if (acknowledge === undefined)
      return await writeList(api, 'verification', { outcome }, settings, columns);
    await writeOutput(settings.format, await acknowledgeDifferences(api, acknowledge, reason), columns);
  });
}

function checkFlags({ outcome, acknowledge, reason }: VerificationFlags): void {
  if (acknowledge !== undefined && outcome !== undefined) {
    throw new Failure(EXIT.usage, '--outcome is for a list; leave it out with --acknowledge');
  }
  if (acknowledge === undefined && reason !== undefined) {
    throw new Failure(
      EXIT.usage,
      '--reason says why a difference is well; name its layer with --acknowledge',
    );
  }
}
