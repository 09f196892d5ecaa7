import type { Command } from 'commander';
import type { Settings } from '../../platform/config.ts';
import { interruptible } from '../interruptible.ts';
import { checkOutput, writeDocument } from '../output/document.ts';
import { tableOptions } from '../output/format.ts';
import { Progress } from '../output/progress.ts';
import { parsePlatform, refuseStrayFlags } from '../scan/scan-options.ts';
import { scanSettings } from '../scan/scan-settings.ts';
import { parseTarget, TARGET_FORMS } from '../scan/target.ts';
import { addSettingsOptions, settingsFrom } from '../settings-options.ts';
import { toolVersion } from '../version.ts';

interface ScanFlags {
  readonly output?: string;
  readonly address?: string;
  readonly image?: string;
}

export function addScanCommand(program: Command): void {
  const command = program
    .command('scan <target>')
    .description('List the packages of an image or of an unpacked root')
    .option('--output <file>', 'Where to write it; - is standard output')
    .option('--address <socket>', "The socket of the target's engine")
    .option('--image <name>', 'Which image of an archive that holds several');
  addSettingsOptions(command, scanSettings)
    .addHelpText('after', `\nA target is one of ${TARGET_FORMS}.`)
    .action(async (target: string, flags: ScanFlags) => {
      await scan(target, flags, await settingsFrom(command, scanSettings));
    });
}

async function scan(text: string, flags: ScanFlags, settings: Settings<typeof scanSettings>): Promise<void> {
  const target = parseTarget(text);
  refuseStrayFlags(target, { ...flags });
  const { format, namespace, platform } = settings;
  const options = {
    containerdAddress: settings.containerdAddress,
    dockerAddress: settings.dockerAddress,
    ...(flags.address !== undefined && { [`${target.kind}Address`]: flags.address }),
    ...(flags.image !== undefined && { image: flags.image }),
    ...(namespace !== undefined && { namespace }),
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
  };
  checkOutput(flags.output);
  // Each command loads what it needs: the others start the faster.
  const { sbomMoment } = await import('../scan/sbom.ts');
  const { scanDocument } = await import('../scan/scan-document.ts');
  const { scanTarget } = await import('../scan/scan-target.ts');
  const moment = sbomMoment(Date.now(), process.env['SOURCE_DATE_EPOCH']);

  const progress = new Progress({ terminalOnly: true });
  const result = await interruptible((signal) =>
    scanTarget(target, options, (done, total) => progress.show('layers read', done, total), signal),
  ).finally(() => progress.end());
  const isStdout = flags.output === undefined || flags.output === '-';
  const table = isStdout ? tableOptions() : {};
  await writeDocument(
    scanDocument(format, result, { moment, toolVersion: toolVersion(), table }),
    flags.output,
  );
}
