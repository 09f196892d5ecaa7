import type { Command } from 'commander';
import { EXIT, failureLine } from '../failure.ts';
import { interruptible } from '../interruptible.ts';
import type { NodeLook } from '../node/look.ts';
import { nodeSettings } from '../node/node-settings.ts';
import type { Shown } from '../node/shown.ts';
import { tableOptions } from '../output/format.ts';
import { jsonText } from '../output/json.ts';
import { Progress } from '../output/progress.ts';
import { writeStdout } from '../output/stdout.ts';
import { cleanText } from '../output/table.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';
import { toolVersion } from '../version.ts';

interface PackageFlags {
  readonly image?: string;
  readonly stateDir?: string;
}

type Show = (look: NodeLook, flags: PackageFlags, signal: AbortSignal) => Promise<Shown>;

export function addNodeCommand(program: Command): void {
  const node = program.command('node').description('Look at this node, without a collector');
  lookCommand(node, 'images', 'The images that its engines hold', async (look) => {
    const { showImages } = await import('../node/shown.ts');
    return showImages(look);
  });
  lookCommand(node, 'containers', 'Its containers, in any state', async (look) => {
    const { showContainers } = await import('../node/shown.ts');
    return showContainers(look, Date.now());
  });
  lookCommand(node, 'processes', 'Its processes, and whose they are', async (look) => {
    const { showProcesses } = await import('../node/shown.ts');
    return showProcesses(look);
  });
  lookCommand(node, 'packages', 'The packages of its images', showPackages)
    .option('--image <name>', 'Only of this image: a name, an ID or a digest')
    .option('--state-dir <folder>', 'Where to remember what was read, for the next time');
}

async function showPackages(look: NodeLook, flags: PackageFlags, signal: AbortSignal): Promise<Shown> {
  const { showPackages: show } = await import('../node/shown.ts');
  const progress = new Progress({ terminalOnly: true });
  const onImage = (done: number, total: number): void => progress.show('images read', done, total);
  return await show(look, { ...flags, onImage }, signal).finally(() => progress.end());
}

function lookCommand(node: Command, name: string, description: string, show: Show): Command {
  const command = node.command(name).description(description);
  return addSettingsOptions(command, nodeSettings).action(async (flags: PackageFlags) => {
    const settings = await settingsFrom(command, nodeSettings);
    const { lookAtNode } = await import('../node/look.ts');
    const options = { ...settings, toolVersion: toolVersion(), needsEngine: name !== 'processes' };
    const { shown, failures } = await interruptible((signal) =>
      lookAtNode(options, signal, async (look) => ({
        shown: await show(look, flags, signal),
        failures: look.failures,
      })),
    );
    await writeStdout(settings.format === 'json' ? jsonText(shown.answer) : textOf(shown));
    for (const failure of failures) process.stderr.write(`tallyman: ${failureLine(failure)}\n`);
    if (!shown.isWhole || failures.length > 0) process.exitCode = EXIT.failed;
  });
}

function textOf({ text, notes }: Shown): string {
  const lines = notes.map((note) => `! ${cleanText(note)}\n`);
  return text(tableOptions()) + (lines.length > 0 ? `\n${lines.join('')}` : '');
}
