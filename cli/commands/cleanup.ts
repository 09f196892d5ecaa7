import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { JournalRecord } from '../../agent/cleanup/journal/records.ts';
import { policyFrom, policySettings } from '../../agent/cleanup-settings.ts';
import type { Settings } from '../../platform/config.ts';
import type { CleanupClient } from '../cleanup/client.ts';
import { cleanupSettings, withCleanup } from '../cleanup/open-client.ts';
import { historyText, leaksText, planText, receiptText } from '../cleanup/tables.ts';
import { EXIT } from '../failure.ts';
import { interruptible } from '../interruptible.ts';
import { tableOptions } from '../output/format.ts';
import { jsonText } from '../output/json.ts';
import { Progress } from '../output/progress.ts';
import { writeStdout } from '../output/stdout.ts';
import { cleanText } from '../output/table.ts';
import { countText } from '../output/text.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';

/** What a subcommand says: as JSON, and as text. */
interface Told {
  readonly answer: unknown;
  readonly text: string;
  /** False: something of it failed. */
  readonly isWhole?: boolean;
}

const everySetting = { ...cleanupSettings, ...policySettings };

export function addCleanupCommand(program: Command): void {
  const cleanup = program
    .command('cleanup')
    .description('Remove images that nobody uses from this node, safely');

  const plan = cleanup.command('plan').description('What would go and what stays, and why; changes nothing');
  addSettingsOptions(plan, everySetting).action(async () => {
    const settings = await settingsFrom(plan, everySetting);
    const policy = policyFrom(settings);
    await tell(settings, async (client) => {
      const answer = await client.plan(policy);
      return {
        answer,
        text: planText(answer.plan, answer.leaks, tableOptions()),
        isWhole: answer.plan.refusals.length === 0,
      };
    });
  });

  const apply = cleanup.command('apply <plan>').description('Do what a plan says, as far as it still holds');
  addSettingsOptions(apply, cleanupSettings).action(async (planId: string) => {
    const settings = await settingsFrom(apply, cleanupSettings);
    await tell(settings, async (client) => {
      const progress = new Progress();
      const run = await client.apply(planId, issuer(), showing(progress)).finally(() => progress.end());
      return {
        answer: run,
        text: receiptText(run, Date.now(), tableOptions()),
        isWhole: run.outcome === 'done',
      };
    });
  });

  const watch = cleanup
    .command('watch [receipt]')
    .description('Follow a run to its end, whoever began it; the one that goes on now without a receipt');
  addSettingsOptions(watch, cleanupSettings).action(async (runId: string | undefined) => {
    const settings = await settingsFrom(watch, cleanupSettings);
    await tell(settings, async (client) => {
      const progress = new Progress();
      const run = await client
        .watch(runId, ({ issuer: who, done, total }) => progress.show(`images, for ${who}`, done, total))
        .finally(() => progress.end());
      return {
        answer: run,
        text: receiptText(run, Date.now(), tableOptions()),
        isWhole: run.outcome === 'done',
      };
    });
  });

  const undo = cleanup
    .command('undo <receipt>')
    .description('Bring back what a run removed, within its grace period')
    .option('--image <id...>', 'Only these images, by ID')
    .option('--reason <text>', 'Why, for the history', 'asked for by a person');
  addSettingsOptions(undo, cleanupSettings).action(
    async (runId: string, flags: { readonly image?: readonly string[]; readonly reason: string }) => {
      const settings = await settingsFrom(undo, cleanupSettings);
      await tell(settings, async (client) => {
        const request = {
          issuer: issuer(),
          reason: flags.reason,
          ...(flags.image && { imageIds: flags.image }),
        };
        const result = await client.undo(runId, request);
        const lines = [
          `${countText(result.restored.length, 'image')} brought back.`,
          ...result.problems.map((one) => `! ${cleanText(one)}`),
        ];
        return { answer: result, text: `${lines.join('\n')}\n`, isWhole: result.problems.length === 0 };
      });
    },
  );

  const free = cleanup
    .command('free <receipt>')
    .description('Free now what a run keeps for its grace period; it cannot be undone then');
  addSettingsOptions(free, cleanupSettings).action(async (runId: string) => {
    await tell(await settingsFrom(free, cleanupSettings), async (client) => {
      const run = await client.settle(runId, issuer());
      return { answer: run, text: receiptText(run, Date.now(), tableOptions()) };
    });
  });

  const history = cleanup
    .command('history [receipt]')
    .description('All runs on this node, or one of them image by image');
  addSettingsOptions(history, cleanupSettings).action(async (runId: string | undefined) => {
    await tell(await settingsFrom(history, cleanupSettings), async (client) => {
      if (runId === undefined) {
        const runs = await client.history();
        return { answer: runs, text: historyText(runs, Date.now(), tableOptions()) };
      }
      const run = await client.receipt(runId);
      return { answer: run, text: receiptText(run, Date.now(), tableOptions()) };
    });
  });

  const leaks = cleanup
    .command('leaks')
    .description('What takes space and nothing refers to; it is not removed');
  addSettingsOptions(leaks, everySetting).action(async () => {
    const settings = await settingsFrom(leaks, everySetting);
    await tell(settings, async (client) => {
      const { leaks: found } = await client.plan(policyFrom(settings));
      return { answer: found, text: leaksText(found, tableOptions()) };
    });
  });
}

async function tell(
  settings: Settings<typeof cleanupSettings>,
  use: (client: CleanupClient) => Promise<Told>,
): Promise<void> {
  const told = await interruptible((signal) => withCleanup(settings, signal, use));
  await writeStdout(settings.format === 'json' ? jsonText(told.answer) : told.text);
  if (told.isWhole === false) process.exitCode = EXIT.failed;
}

function issuer(): string {
  return `${userInfo().username} on this node`;
}

/** How far a run has come. */
function showing(progress: Progress): (record: JournalRecord) => void {
  let total = 0;
  let done = 0;
  return (record) => {
    if (record.kind === 'begun') total = record.images.length;
    if (record.kind === 'image-ended') done += 1;
    progress.show('images', done, total);
  };
}
