import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { errorMessage } from '../../platform/error-message.ts';
import { EXIT, Failure } from '../failure.ts';
import { Progress } from '../output/progress.ts';

interface MigrateFlags {
  readonly from: string;
  readonly to?: string;
  readonly toFile?: string;
}

/** `tallyman collector migrate`: from the embedded database to PostgreSQL. */
export function addMigrateCommand(collector: Command): void {
  collector
    .command('migrate')
    .description('Copy the embedded database of a stopped collector into an empty PostgreSQL database')
    .requiredOption('--from <directory>', "data-dir of the collector's embedded database")
    .option('--to <url>', 'postgres://USER:PASSWORD@HOST/DATABASE; arguments show in process lists')
    .option('--to-file <file>', 'file that holds the URL')
    .action(async (flags: MigrateFlags) => {
      const to = await targetOf(flags);
      const { copyToPostgres } = await import('../../collector/store/postgres/copy-sqlite.ts');
      const progress = new Progress();
      try {
        const { rows, nodes } = await copyToPostgres({
          from: flags.from,
          to,
          onProgress: (what, done, total) => progress.show(what, done, total),
        });
        progress.end();
        process.stdout.write(`${rows} rows copied, the state of ${nodes} nodes compared: all equal\n`);
      } finally {
        progress.end();
      }
    });
}

async function targetOf({ to, toFile }: MigrateFlags): Promise<string> {
  if (toFile === undefined && to !== undefined) return to;
  if (toFile === undefined || to !== undefined) {
    throw new Failure(EXIT.usage, 'give the PostgreSQL database by --to or by --to-file, and only by one');
  }
  try {
    return (await readFile(toFile, 'utf8')).trim();
  } catch (error) {
    throw new Failure(EXIT.usage, `--to-file cannot be read: ${errorMessage(error)}`, error);
  }
}
