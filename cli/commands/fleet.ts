import type { Command } from 'commander';
import { ApiClient, type Page } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import { parseFormat, writeOutput } from '../output/format.ts';
import { formatTable, type Column } from '../output/table.ts';
import { ageText, bytesText, shortDigest } from '../output/text.ts';

const DEFAULT_API = 'http://127.0.0.1:7480';

interface FleetOptions {
  readonly api: string;
  readonly format: string;
  readonly limit: string;
}

interface Spread {
  readonly nodes: number;
  readonly containers: number;
  readonly running: number;
}

interface FleetNode {
  readonly node: string;
  readonly status: string;
  readonly condition: string;
  readonly lastSeen: number;
  readonly host?: { readonly os: string; readonly agentVersion: string };
  readonly counts: { readonly images: number; readonly running: number; readonly processes: number };
}

interface FleetImage {
  readonly imageId: string;
  readonly names: readonly string[];
  readonly sizeBytes: number;
  readonly packages?: number;
  readonly spread: Spread;
}

interface FleetPackage {
  readonly purl: string;
  readonly images: number;
  readonly spread: Spread;
}

interface Matched {
  readonly matches: readonly { readonly purl: string; readonly version: string }[];
}

interface WhereAnswer {
  readonly totals: Spread & { readonly packages: number; readonly images: number };
  readonly images: Page<FleetImage & Matched>;
  readonly containers: Page<
    {
      readonly node: string;
      readonly name: string;
      readonly id: string;
      readonly state: string;
      readonly imageName: string;
    } & Matched
  >;
  readonly nodes: Page<{
    readonly node: string;
    readonly status: string;
    readonly images: number;
    readonly running: number;
  }>;
}

export function addFleetCommand(program: Command): void {
  const fleet = program.command('fleet').description('Ask a collector about the whole fleet');
  list(fleet, 'nodes', 'The nodes, and how they are', nodeColumns);
  list(fleet, 'images', 'The images that any node holds', () => imageColumns);
  const packages = list(fleet, 'packages', 'The packages of all images', () => packageColumns);
  packages.option('--name <name>', 'Only this name; a * at the end asks for all that begin so');
  packages.option('--type <type>', 'Only this package type, such as deb or npm');
  asks(fleet.command('where <query>'))
    .description(
      'Which images, containers and nodes have a package: a purl, a name, or a name with versions (openssl<3.0.15)',
    )
    .action((query: string, options: FleetOptions) => where(query, options));
}

/** What every command that asks a collector takes. */
function asks(command: Command): Command {
  return command
    .option('--api <url>', `The collector's API (TALLYMAN_API)`, process.env['TALLYMAN_API'] ?? DEFAULT_API)
    .option('--limit <number>', 'Most rows', '1000')
    .option('--format <table|json>', 'How to print', 'table');
}

function list<Row>(
  fleet: Command,
  path: string,
  description: string,
  columns: () => readonly Column<Row>[],
): Command {
  return asks(fleet.command(path))
    .description(description)
    .action(async (options: FleetOptions & { readonly name?: string; readonly type?: string }) => {
      const format = parseFormat(options.format);
      const rows = await client(options).all<Row>(
        path,
        { name: options.name, type: options.type },
        most(options),
      );
      await writeOutput(format, rows, columns());
    });
}

async function where(query: string, options: FleetOptions): Promise<void> {
  const format = parseFormat(options.format);
  const answer = await client(options).get<WhereAnswer>('where', {
    q: query,
    limit: Math.min(most(options), 500),
  });
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return;
  }
  const { totals } = answer;
  const found = `${totals.packages} matching packages in ${totals.images} images on ${totals.nodes} nodes; ${totals.running} containers run them`;
  const width = process.stdout.isTTY ? { width: process.stdout.columns, color: true } : {};
  const sections = [found];
  if (answer.containers.items.length > 0)
    sections.push(formatTable(answer.containers.items, containerColumns, width));
  if (answer.images.items.length > 0)
    sections.push(formatTable(answer.images.items, matchedImageColumns, width));
  if (answer.nodes.items.length > 0) sections.push(formatTable(answer.nodes.items, whereNodeColumns, width));
  process.stdout.write(`${sections.join('\n\n')}\n`);
}

function client(options: FleetOptions): ApiClient {
  return new ApiClient(options.api, process.env['TALLYMAN_API_TOKEN']);
}

function most(options: FleetOptions): number {
  const limit = Number(options.limit);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new Failure(EXIT.usage, `--limit is "${options.limit}"; it must be a whole number above 0`);
}

function nodeColumns(): Column<FleetNode>[] {
  const now = Date.now();
  return [
    { title: 'node', value: (one) => one.node },
    {
      title: 'status',
      value: (one) => (one.condition === 'degraded' ? `${one.status}, degraded` : one.status),
    },
    { title: 'system', value: (one) => one.host?.os, shrink: true },
    { title: 'images', value: (one) => one.counts.images, align: 'right' },
    { title: 'running', value: (one) => one.counts.running, align: 'right' },
    { title: 'processes', value: (one) => one.counts.processes, align: 'right' },
    { title: 'seen', value: (one) => ageText(one.lastSeen, now) },
  ];
}

const imageColumns: readonly Column<FleetImage>[] = [
  { title: 'image', value: (one) => one.names.join(', ') || '<no name>', shrink: true },
  { title: 'id', value: (one) => shortDigest(one.imageId) },
  { title: 'size', value: (one) => bytesText(one.sizeBytes), align: 'right' },
  { title: 'packages', value: (one) => one.packages, align: 'right' },
  { title: 'nodes', value: (one) => one.spread.nodes, align: 'right' },
  { title: 'running', value: (one) => one.spread.running, align: 'right' },
];

const packageColumns: readonly Column<FleetPackage>[] = [
  { title: 'package', value: (one) => one.purl, shrink: true },
  { title: 'images', value: (one) => one.images, align: 'right' },
  { title: 'nodes', value: (one) => one.spread.nodes, align: 'right' },
  { title: 'running', value: (one) => one.spread.running, align: 'right' },
];

const matchedImageColumns: readonly Column<FleetImage & Matched>[] = [
  ...imageColumns.filter((column) => column.title !== 'size' && column.title !== 'packages'),
  { title: 'found', value: matchesText, shrink: true },
];

const containerColumns: readonly Column<WhereAnswer['containers']['items'][number]>[] = [
  { title: 'node', value: (one) => one.node },
  { title: 'container', value: (one) => one.name || shortDigest(one.id) },
  { title: 'state', value: (one) => one.state },
  { title: 'image', value: (one) => one.imageName, shrink: true },
  { title: 'found', value: matchesText, shrink: true },
];

const whereNodeColumns: readonly Column<WhereAnswer['nodes']['items'][number]>[] = [
  { title: 'node', value: (one) => one.node },
  { title: 'status', value: (one) => one.status },
  { title: 'images', value: (one) => one.images, align: 'right' },
  { title: 'running', value: (one) => one.running, align: 'right' },
];

function matchesText(row: Matched): string {
  return row.matches.map((one) => one.purl).join(', ');
}
