import type { Command } from 'commander';
import type { Settings } from '../../platform/config.ts';
import { isNodeName } from '../../platform/node-identity.ts';
import { readDuration } from '../../platform/setting-values.ts';
import { collectorDesk, databaseDesk, type EnrollmentDesk } from '../enroll/desk.ts';
import { certificateColumns, madeTokenColumns, tokenColumns } from '../enroll/tables.ts';
import { EXIT, Failure } from '../failure.ts';
import { openCollector } from '../fleet/collector.ts';
import { fleetSettings } from '../fleet/fleet-settings.ts';
import { writeOutput } from '../output/format.ts';
import { sayMore } from '../output/more.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';

interface CreateFlags {
  readonly node?: string;
  readonly nodes?: string;
  readonly uses: string;
  readonly expires: string;
}

type Run<Flags> = (
  desk: EnrollmentDesk,
  settings: Settings<typeof fleetSettings>,
  flags: Flags,
) => Promise<void>;

export function addEnrollCommand(program: Command): void {
  const enroll = program.command('enroll').description('Say which nodes may have a certificate');
  const token = enroll
    .command('token')
    .description('Join tokens: what a node shows to get its first certificate');

  const create = token
    .command('create')
    .description('Make a join token; it is printed here and never again')
    .option('--node <name>', 'The node that may use it')
    .option('--nodes <pattern>', 'The nodes that may use it; * stands for any characters')
    .option('--uses <number>', 'How many certificates it is good for', '1')
    .option('--expires <duration>', 'How long it is good', '1h');
  action<CreateFlags>(create, async (desk, { format }, flags) => {
    const made = await desk.createToken({
      nodes: nodesOf(flags),
      uses: usesOf(flags.uses),
      lifeMs: lifeOf(flags.expires),
    });
    await writeOutput(format, [made], madeTokenColumns(Date.now()));
  });

  action(token.command('list').description('The join tokens there are'), async (desk, { format, limit }) => {
    const { items, next } = await desk.tokens(limit);
    await writeOutput(format, items, tokenColumns(Date.now()));
    sayMore(next, limit);
  });

  const remove = token.command('delete <id>').description('Make a join token good for nothing more');
  action(remove, async (desk) => {
    await desk.deleteToken(argumentOf(remove));
  });

  const issued = enroll
    .command('certificates')
    .description('The certificates that were issued, latest first');
  action(issued, async (desk, { format, limit }) => {
    const { items, next } = await desk.certificates(limit);
    await writeOutput(format, items, certificateColumns(Date.now()));
    sayMore(next, limit);
  });

  const revoke = enroll
    .command('revoke <node>')
    .description('Let none of the present certificates of a node count any more; it needs a new join token');
  action(revoke, async (desk, { format }) => {
    const node = argumentOf(revoke);
    if (!isNodeName(node)) throw new Failure(EXIT.usage, `"${node}" cannot name a node`);
    await writeOutput(
      format,
      [await desk.revoke(node)],
      [
        { title: 'node', value: (one) => one.node },
        { title: 'revoked before', value: (one) => new Date(one.revokedBefore).toISOString() },
      ],
    );
  });
}

/** Runs at a collector, or with `--data-dir` at the database of one that is stopped. */
function action<Flags>(command: Command, run: Run<Flags>): void {
  command.option('--data-dir <folder>', "A collector's database, in place of its API, while it is stopped");
  addSettingsOptions(command, fleetSettings).action(async () => {
    const settings = await settingsFrom(command, fleetSettings);
    const flags = command.opts<Flags & { readonly dataDir?: string }>();
    const desk =
      flags.dataDir === undefined
        ? collectorDesk(await openCollector(settings))
        : await databaseDesk(flags.dataDir);
    try {
      await run(desk, settings, flags);
    } finally {
      await desk.close();
    }
  });
}

function argumentOf({ args }: Command): string {
  return args[0] ?? '';
}

function nodesOf({ node, nodes }: CreateFlags): string {
  if (node !== undefined && nodes !== undefined)
    throw new Failure(EXIT.usage, 'give --node or --nodes, not both');
  const wanted = node ?? nodes;
  if (wanted === undefined)
    throw new Failure(EXIT.usage, 'give --node NAME, or --nodes and a pattern of names');
  if (node !== undefined && !isNodeName(node)) throw new Failure(EXIT.usage, `"${node}" cannot name a node`);
  return wanted;
}

function usesOf(text: string): number {
  const uses = Number(text);
  if (Number.isInteger(uses) && text.trim() !== '') return uses;
  throw new Failure(EXIT.usage, `uses is "${text}" (from --uses); it must be a whole number`);
}

function lifeOf(text: string): number {
  const reading = readDuration(text, {});
  if ('value' in reading) return reading.value;
  throw new Failure(EXIT.usage, `expires is "${text}" (from --expires); it must be ${reading.allowed}`);
}
