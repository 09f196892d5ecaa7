import type { Command } from 'commander';
import { policyFrom } from '../../agent/cleanup-settings.ts';
import { DEFAULT_ROLLOUT } from '../../core/fleet-cleanup/rollout.ts';
import type { Settings } from '../../platform/config.ts';
import type { ApiClient } from '../api-client.ts';
import { EXIT } from '../failure.ts';
import { asker, newId } from '../fleet/cleanup/asker.ts';
import { followRollout, isWhole, readRollout } from '../fleet/cleanup/follow.ts';
import { askForPlans, nodePlans, readPlan } from '../fleet/cleanup/plan.ts';
import { fleetApplySettings, fleetPlanSettings, fleetUndoSettings } from '../fleet/cleanup/settings.ts';
import {
  checkPlans,
  readSignKey,
  signApplies,
  signUndo,
  signUndos,
  type Signer,
} from '../fleet/cleanup/sign.ts';
import { fleetPlanText, receiptsText, rolloutText, verdictListColumns } from '../fleet/cleanup/tables.ts';
import { readVerdictFile } from '../fleet/cleanup/verdict-file.ts';
import type { FleetReceipt, FleetRollout, VerdictList, VerdictListSummary } from '../fleet/cleanup/views.ts';
import { openCollector } from '../fleet/collector.ts';
import { fleetSettings } from '../fleet/fleet-settings.ts';
import { writeList } from '../fleet/list.ts';
import { interruptible } from '../interruptible.ts';
import { tableOptions, writeOutput } from '../output/format.ts';
import { jsonText } from '../output/json.ts';
import { sayMore } from '../output/more.ts';
import { Progress } from '../output/progress.ts';
import { writeStdout } from '../output/stdout.ts';
import { countText } from '../output/text.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';

type Format = 'table' | 'json';

export function addFleetCleanupCommand(fleet: Command): void {
  const cleanup = fleet
    .command('cleanup')
    .description('Remove images that nobody uses, on many nodes, a few at first');
  addPlan(cleanup);
  addApply(cleanup);
  addRolloutCommands(cleanup);
  addUndo(cleanup);
  addHistory(cleanup);
  addVerdicts(cleanup);
}

function addPlan(cleanup: Command): void {
  const plan = cleanup
    .command('plan')
    .description('What would go on which nodes, and why; changes nothing')
    .option('--details', 'Every image with its reason')
    .option('--id <plan>', 'Look again at a plan that was asked for before');
  addSettingsOptions(plan, fleetPlanSettings).action(
    async (flags: { readonly details?: true; readonly id?: string }) => {
      const settings = await settingsFrom(plan, fleetPlanSettings);
      const api = await openCollector(settings);
      const { format, nodes, verdicts, verdictsOnly, planAtOnce, planWait } = settings;
      const request = {
        id: newId('plan', Date.now()),
        nodes,
        policy: { ...policyFrom(settings), verdictsOnly },
        ...(verdicts !== undefined && { verdicts }),
        atOnce: planAtOnce,
        answerMs: planWait,
      };
      const { id } = flags;
      const whole = await interruptible(async (signal) =>
        id === undefined ? await askForPlans(api, request, new Progress(), signal) : await readPlan(api, id),
      );
      const details = flags.details || format === 'json' ? await nodePlans(api, whole) : new Map();
      const text =
        format === 'json'
          ? jsonText({ ...whole, plans: Object.fromEntries(details) })
          : fleetPlanText(whole, details, tableOptions());
      await writeStdout(text);
      if (whole.nodes.some(({ state }) => state !== 'planned')) process.exitCode = EXIT.failed;
    },
  );
}

function addApply(cleanup: Command): void {
  const apply = cleanup
    .command('apply <plan>')
    .description('Carry a plan out: one node, then a share, then all; stops on what nobody expected')
    .option('--watch', 'Follow it to its end');
  addSettingsOptions(apply, fleetApplySettings).action(
    async (planId: string, flags: { readonly watch?: true }) => {
      const settings = await settingsFrom(apply, fleetApplySettings);
      const api = await openCollector(settings);
      const id = newId('rollout', Date.now());
      const commands = await signedApplies(api, planId, id, settings);
      const { canary, share, atOnce, pause, nodeTime, format } = settings;
      const rollout = await api.send<FleetRollout>('POST', 'cleanup/rollouts', {
        id,
        planId,
        issuer: asker(),
        settings: {
          ...DEFAULT_ROLLOUT,
          canary,
          sharePercent: share,
          atOnce,
          pauseMs: pause,
          answerMs: nodeTime,
        },
        ...(commands && { commands }),
      });
      if (flags.watch) return await watch(api, id, format);
      const text = `Rollout ${id} has begun.\nWatch it: tallyman fleet cleanup watch ${id}\n`;
      await writeStdout(format === 'json' ? jsonText(rollout) : text);
    },
  );
}

/** With a key: shows what is signed, once it is known to be what its IDs say. */
async function signedApplies(
  api: ApiClient,
  planId: string,
  rolloutId: string,
  settings: Settings<typeof fleetApplySettings>,
): Promise<Record<string, string> | undefined> {
  const signer = signerOf(settings);
  if (signer === undefined) return undefined;
  const plan = await readPlan(api, planId);
  const details = await nodePlans(api, plan);
  checkPlans(plan, details);
  const commands = signApplies(plan, rolloutId, signer);
  process.stderr.write(fleetPlanText(plan, details, {}));
  process.stderr.write(`tallyman: ${countText(Object.keys(commands).length, 'plan')} checked and signed\n`);
  return commands;
}

function addRolloutCommands(cleanup: Command): void {
  const follow = cleanup.command('watch <rollout>').description('Follow a rollout to its end');
  addSettingsOptions(follow, fleetSettings).action(async (id: string) => {
    const settings = await settingsFrom(follow, fleetSettings);
    await watch(await openCollector(settings), id, settings.format);
  });
  for (const [name, description] of [
    ['stop', 'Begin nothing more; what runs comes to its end'],
    ['continue', 'Go on after a stop, and with nodes that could not be reached'],
  ] as const) {
    const command = cleanup.command(`${name} <rollout>`).description(description);
    addSettingsOptions(command, fleetSettings).action(async (id: string) => {
      const settings = await settingsFrom(command, fleetSettings);
      const api = await openCollector(settings);
      const path = `cleanup/rollouts/${encodeURIComponent(id)}/${name}`;
      await showRollout(await api.send<FleetRollout>('POST', path, { issuer: asker() }), settings.format);
    });
  }
}

function addUndo(cleanup: Command): void {
  const undo = cleanup
    .command('undo <rollout>')
    .description('Bring back what a rollout removed; with --node, what one run there removed')
    .option('--node <node>', 'The argument is the receipt of a run on this node')
    .option('--reason <text>', 'Why, for the history', 'asked for by a person')
    .option('--watch', 'Follow it to its end');
  addSettingsOptions(undo, fleetUndoSettings).action(
    async (id: string, flags: { readonly node?: string; readonly reason: string; readonly watch?: true }) => {
      const settings = await settingsFrom(undo, fleetUndoSettings);
      const api = await openCollector(settings);
      const signer = signerOf(settings);
      if (flags.node !== undefined)
        return await undoRun(api, flags.node, id, flags.reason, signer, settings.format);
      const commands = signer && signUndos(await readRollout(api, id), signer);
      const path = `cleanup/rollouts/${encodeURIComponent(id)}/undo`;
      const rollout = await api.send<FleetRollout>('POST', path, {
        issuer: asker(),
        ...(commands && { commands }),
      });
      if (flags.watch) await watch(api, id, settings.format);
      else await showRollout(rollout, settings.format);
    },
  );
}

async function undoRun(
  api: ApiClient,
  node: string,
  runId: string,
  reason: string,
  signer: Signer | undefined,
  format: Format,
): Promise<void> {
  const id = newId('undo', Date.now());
  const command = signer && signUndo(signer, node, id, runId, reason);
  const path = `cleanup/receipts/${encodeURIComponent(node)}/${encodeURIComponent(runId)}/undo`;
  const body = { id, issuer: asker(), reason, ...(command !== undefined && { command }) };
  const ordered = await api.send<object>('POST', path, body);
  const text = `Node ${node} is told to bring back what ${runId} removed.\nSee: tallyman fleet cleanup history --node ${node}\n`;
  await writeStdout(format === 'json' ? jsonText(ordered) : text);
}

function addHistory(cleanup: Command): void {
  const history = cleanup
    .command('history')
    .description('What cleanup did on the nodes, the latest first, whoever asked for it')
    .option('--node <node>', 'Only this node');
  addSettingsOptions(history, fleetSettings).action(async ({ node }: { readonly node?: string }) => {
    const settings = await settingsFrom(history, fleetSettings);
    const api = await openCollector(settings);
    const { items, next } = await api.list<FleetReceipt>('cleanup/receipts', { node }, settings.limit);
    const text =
      settings.format === 'json' ? jsonText(items) : receiptsText(items, Date.now(), tableOptions());
    await writeStdout(text);
    sayMore(next, settings.limit);
  });
}

function addVerdicts(cleanup: Command): void {
  const verdicts = cleanup
    .command('verdicts')
    .description('Named lists of images that should go, with reasons');
  const list = verdicts.command('list [name]').description('The lists, or what is in one');
  addSettingsOptions(list, fleetSettings).action(async (name: string | undefined) => {
    const settings = await settingsFrom(list, fleetSettings);
    const api = await openCollector(settings);
    if (name === undefined)
      return await writeList<VerdictListSummary>(api, 'cleanup/verdicts', {}, settings, verdictListColumns);
    const { entries } = await api.get<VerdictList>(verdictPath(name));
    await writeOutput(settings.format, entries, [
      { title: 'digest', value: ({ digest }) => digest },
      { title: 'reason', value: ({ reason }) => reason, shrink: true },
    ]);
  });
  const put = verdicts
    .command('put <name> <file>')
    .description('Make or replace a list: a digest and a reason a line, or JSON; - reads standard input');
  addSettingsOptions(put, fleetSettings).action(async (name: string, file: string) => {
    const entries = await readVerdictFile(file);
    const api = await openCollector(await settingsFrom(put, fleetSettings));
    await api.send('PUT', verdictPath(name), { issuer: asker(), entries });
    await writeStdout(`${countText(entries.length, 'verdict')} in list ${name}.\n`);
  });
  const remove = verdicts.command('delete <name>').description('Forget a list');
  addSettingsOptions(remove, fleetSettings).action(async (name: string) => {
    const api = await openCollector(await settingsFrom(remove, fleetSettings));
    await api.send('DELETE', verdictPath(name), { issuer: asker() });
    await writeStdout(`List ${name} is forgotten.\n`);
  });
}

function verdictPath(name: string): string {
  return `cleanup/verdicts/${encodeURIComponent(name)}`;
}

async function watch(api: ApiClient, id: string, format: Format): Promise<void> {
  const rollout = await interruptible((signal) => followRollout(api, id, new Progress(), signal));
  await showRollout(rollout, format);
  if (!isWhole(rollout)) process.exitCode = EXIT.failed;
}

async function showRollout(rollout: FleetRollout, format: Format): Promise<void> {
  await writeStdout(format === 'json' ? jsonText(rollout) : rolloutText(rollout, Date.now(), tableOptions()));
}

function signerOf({ signKey, signedFor }: Settings<typeof fleetUndoSettings>): Signer | undefined {
  if (signKey === undefined) return undefined;
  return { key: readSignKey(signKey), now: Date.now(), forMs: signedFor };
}
