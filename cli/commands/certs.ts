import { hostname } from 'node:os';
import type { Command } from 'commander';
import { EXIT, Failure } from '../failure.ts';
import { parseFormat, writeOutput } from '../output/format.ts';

/** A hundred years. Dates in certificates have four digits for the year. */
const MOST_DAYS = 36_500;

interface CertsOptions {
  readonly dir: string;
  readonly node: string[];
  readonly serverName: string[];
  readonly days: string;
  readonly force?: boolean;
  readonly format: string;
}

export function addCertsCommand(program: Command): void {
  program
    .command('certs')
    .description('Make a certificate authority and certificates to try tallyman with (not for production)')
    .option('--dir <folder>', 'Where to write them', './certs')
    .option('--node <name...>', 'Nodes to make a certificate for', [hostname()])
    .option('--server-name <name...>', 'Names and addresses that agents reach the collector by', [
      'localhost',
      '127.0.0.1',
    ])
    .option('--days <number>', 'How long the certificates are valid', '365')
    .option('--force', 'Replace what is there')
    .option('--format <table|json>', 'How to print', 'table')
    .action(async (options: CertsOptions) => {
      const format = parseFormat(options.format);
      const days = Number(options.days);
      if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
        throw new Failure(
          EXIT.usage,
          `days is "${options.days}" (from --days); it must be a whole number from 1 to ${MOST_DAYS}`,
        );
      // Loaded here, for no other command makes certificates.
      const { createDevelopmentCertificates } = await import('../../platform/certificates.ts');
      const files = await createDevelopmentCertificates(options.dir, {
        nodes: options.node,
        serverNames: options.serverName,
        days,
        force: options.force === true,
      });
      await writeOutput(format, files, [
        { title: 'file', value: (file) => file.path },
        { title: 'outcome', value: (file) => file.outcome },
      ]);
    });
}
