import type { Command } from 'commander';
import { auditEntry, type AuditEntry } from '../../core/audit-chain.ts';
import { collectorAudit, nodeAudit, toldAudit, type AuditSource } from '../audit/source.ts';
import { verdictText, verifyAudit } from '../audit/verify.ts';
import { EXIT, Failure } from '../failure.ts';
import { openCollector } from '../fleet/collector.ts';
import { parseFormat, writeOutput } from '../output/format.ts';
import { jsonText } from '../output/json.ts';
import { writeStdout } from '../output/stdout.ts';

interface AuditOptions {
  readonly stateDir: string;
  readonly dataDir?: string;
  readonly api?: string;
  readonly apiTokenFile?: string;
  readonly format: string;
}

export function addAuditCommand(program: Command): void {
  const audit = program
    .command('audit')
    .description('What was ordered and done here, in a log that shows when it was altered');

  addSourceOptions(audit.command('verify'))
    .description('Check every entry of the log; exit code 1 when one is not what it should be')
    .option('--head <hash>', 'Hash of an entry that must be there, as the collector was told it')
    .action(async (options: AuditOptions & { readonly head?: string }) => {
      const format = parseFormat(options.format);
      const source = await sourceOf(options);
      const result = await verifyAudit(source, options.head);
      const title = source.title.charAt(0).toUpperCase() + source.title.slice(1);
      await writeStdout(format === 'json' ? jsonText(result) : verdictText(title, result));
      if (result.kind === 'broken' || result.shortened !== undefined) process.exitCode = EXIT.failed;
    });

  addSourceOptions(audit.command('list'))
    .description('The last entries of the log; it is not checked')
    .option('--last <number>', 'How many', '50')
    .action(async (options: AuditOptions & { readonly last: string }) => {
      const format = parseFormat(options.format);
      const last = Number(options.last);
      if (!Number.isSafeInteger(last) || last < 1)
        throw new Failure(EXIT.usage, `last is "${options.last}"; it must be a whole number from 1`);
      await writeOutput(format, await lastEntries(await sourceOf(options), last), [
        { title: 'number', value: ({ sequence }) => String(sequence) },
        { title: 'when', value: ({ at }) => new Date(at).toISOString() },
        { title: 'who', value: ({ actor }) => actor },
        { title: 'what', value: ({ action }) => action },
        { title: 'of', value: ({ subject }) => subject },
        { title: 'outcome', value: ({ outcome }) => outcome ?? '' },
        { title: 'more', value: ({ detail }) => detailText(detail) },
      ]);
    });
}

function addSourceOptions(command: Command): Command {
  return command
    .option('--state-dir <folder>', "The agent's folder", '/var/lib/tallyman')
    .option('--data-dir <folder>', "A collector's folder: its log instead")
    .option('--api <url>', "A collector's API: its log instead, as it tells it")
    .option('--api-token-file <file>', 'What the API wants to be shown; or in TALLYMAN_API_TOKEN')
    .option('--format <table|json>', 'How to print', 'table');
}

async function sourceOf({ stateDir, dataDir, api, apiTokenFile }: AuditOptions): Promise<AuditSource> {
  if (dataDir !== undefined && api !== undefined)
    throw new Failure(EXIT.usage, 'give --data-dir or --api, not both');
  if (dataDir !== undefined) return collectorAudit(dataDir);
  if (api === undefined) return nodeAudit(stateDir);
  const client = await openCollector({ api, apiToken: process.env['TALLYMAN_API_TOKEN'], apiTokenFile });
  return toldAudit(client, api);
}

async function lastEntries(source: AuditSource, most: number): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const stored of source.entries()) {
    const entry = auditEntry(stored.entry);
    if (entry === undefined) continue;
    entries.push(entry);
    if (entries.length > 2 * most) entries.splice(0, entries.length - most);
  }
  return entries.slice(-most);
}

function detailText(detail: AuditEntry['detail']): string {
  const parts = Object.entries(detail).filter(([key]) => key !== 'sha256');
  return parts.map(([key, value]) => `${key}: ${value}`).join('; ');
}
