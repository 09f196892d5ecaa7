import type { Command } from 'commander';
import type { Settings } from '../../platform/config.ts';
import type { ApiClient } from '../api-client.ts';
import { openCollector } from '../fleet/collector.ts';
import { hintAtDifferences } from '../fleet/differences.ts';
import { fleetSettings } from '../fleet/fleet-settings.ts';
import { writeList } from '../fleet/list.ts';
import { imageColumns, nodeColumns, packageColumns, refusalColumns } from '../fleet/tables.ts';
import { askWhere, whereText } from '../fleet/where.ts';
import { tableOptions } from '../output/format.ts';
import { jsonText } from '../output/json.ts';
import { writeStdout } from '../output/stdout.ts';
import type { Column } from '../output/table.ts';
import { addFleetCleanupCommand } from './fleet-cleanup.ts';
import { addFleetVerificationCommand } from './fleet-verification.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';

interface ListFlags {
  readonly name?: string;
  readonly type?: string;
}

export function addFleetCommand(program: Command): void {
  const fleet = program.command('fleet').description('Ask a collector about the whole fleet');
  listCommand(
    fleet,
    'nodes',
    'The nodes, and how they are',
    () => nodeColumns(Date.now()),
    hintAtDifferences,
  );
  listCommand(fleet, 'images', 'The images that any node holds', () => imageColumns);
  listCommand(fleet, 'packages', 'The packages of all images', () => packageColumns)
    .option('--name <name>', 'Only this name; a * at the end asks for all that begin so')
    .option('--type <type>', 'Only this package type, such as deb or npm');
  addFleetVerificationCommand(fleet);
  listCommand(fleet, 'refusals', 'Agents and connections that the collector turned away, and why', () =>
    refusalColumns(Date.now()),
  );
  const where = fleet
    .command('where <query>')
    .description(
      'Which images, containers and nodes have a package: a purl, a name, or a name with versions (openssl<3.0.15)',
    );
  addSettingsOptions(where, fleetSettings).action(async (query: string) => {
    await ask(query, await settingsFrom(where, fleetSettings));
  });
  addFleetCleanupCommand(fleet);
}

function listCommand<Row>(
  fleet: Command,
  path: string,
  description: string,
  columns: () => readonly Column<Row>[],
  hint?: (api: ApiClient) => Promise<void>,
): Command {
  const command = fleet.command(path).description(description);
  return addSettingsOptions(command, fleetSettings).action(async ({ name, type }: ListFlags) => {
    const settings = await settingsFrom(command, fleetSettings);
    const api = await openCollector(settings);
    await writeList<Row>(api, path, { name, type }, settings, columns());
    if (settings.format === 'table') await hint?.(api);
  });
}

async function ask(query: string, settings: Settings<typeof fleetSettings>): Promise<void> {
  const answer = await askWhere(await openCollector(settings), query, settings.limit);
  await writeStdout(settings.format === 'json' ? jsonText(answer) : whereText(answer, tableOptions()));
}
