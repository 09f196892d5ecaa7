import type { FactContent, PackageFlag, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import {
  dependencyNames,
  providerIndex,
  relationBudget,
  type RelationBudget,
} from '../package-database/dependencies.ts';
import { present } from '../package-database/present.ts';
import { readBlocks } from '../package-database/text.ts';
import { parseParagraph, relationNames } from './paragraph.ts';

/** A full desktop has 5,000 packages in 5 MiB. */
const LIMITS = { bytes: 16 * 1024 * 1024, blockLength: 2 * 1024 * 1024, blocks: 50_000 };

const WANTED: ReadonlySet<string> = new Set([
  'package',
  'status',
  'version',
  'architecture',
  'source',
  'maintainer',
  'depends',
  'pre-depends',
  'provides',
]);

/** Third word of `Status`: dpkg(1), "PACKAGE STATES". */
const INSTALLED: ReadonlySet<string> = new Set(['installed', 'triggers-awaited', 'triggers-pending']);
const ABSENT: ReadonlySet<string> = new Set(['not-installed', 'config-files']);

interface Paragraph {
  readonly record: PackageRecord;
  readonly name: string;
  readonly provides: readonly string[];
  readonly requires: readonly (readonly string[])[];
}

/** Reads dpkg's database of what is installed, or one paragraph of it that lies in a file of its own. */
export function parseStatus(file: LayerFile): FactContent {
  const blocks = readBlocks(file, LIMITS);
  const relations = relationBudget();
  const paragraphs: Paragraph[] = [];
  let block = blocks.next();
  for (; block.done !== true; block = blocks.next()) {
    const paragraph = toParagraph(parseParagraph(block.value, WANTED), relations);
    if (paragraph !== undefined) paragraphs.push(paragraph);
  }
  const index = providerIndex(paragraphs);
  const packages = paragraphs.map(({ record, requires }) => {
    // What is not there, or in a file of its own, is named as declared.
    const dependencies = dependencyNames(record.name, requires, index, ([first]) => first);
    return dependencies.length === 0 ? record : { ...record, dependencies };
  });
  return { packages, ...present({ truncated: block.value ?? relations.truncated() }) };
}

/** Reads an entry of dpkg's journal: what became of a package since the database was last written. */
export function parseUpdate(file: LayerFile): FactContent {
  const supersedes: string[] = [];
  const blocks = readBlocks(file, LIMITS);
  for (const block of blocks) {
    const fields = parseParagraph(block, WANTED);
    const name = fields.get('package') ?? '';
    const architecture = fields.get('architecture') ?? '';
    // A package for all architectures takes the place of one for the system's, and back; a removed one may state none.
    const isOfAny = architecture === '' || architecture === 'all';
    if (name !== '') supersedes.push(isOfAny ? name : `${name}:${architecture}`, `${name}:all`);
  }
  return { ...parseStatus(file), supersedes };
}

function toParagraph(fields: ReadonlyMap<string, string>, relations: RelationBudget): Paragraph | undefined {
  const name = fields.get('package');
  const state = fields.get('status')?.split(/\s+/)[2];
  if (name === undefined || name === '' || (state !== undefined && ABSENT.has(state))) return undefined;
  const version = fields.get('version') ?? '';
  const record: PackageRecord = {
    type: 'deb',
    name,
    version,
    ...present({
      architecture: fields.get('architecture') || undefined,
      source: sourceOf(fields.get('source'), name, version),
      vendor: fields.get('maintainer') || undefined,
      flags: flagsOf(fields.get('status'), state),
    }),
  };
  return {
    record,
    name,
    provides: relations.take(() => relationNames(fields.get('provides')).flat()),
    requires: relations.take(() => [
      ...relationNames(fields.get('pre-depends')),
      ...relationNames(fields.get('depends')),
    ]),
  };
}

/** `Source: name (version)`; either part is the package's own when absent. */
function sourceOf(field: string | undefined, name: string, version: string): PackageRecord['source'] {
  const match = /^(\S+)(?:\s+\((.*)\))?/.exec(field ?? '');
  const sourceVersion = match?.[2] ?? version;
  return { name: match?.[1] ?? name, ...(sourceVersion !== '' && { version: sourceVersion }) };
}

/** Records without a status come from images built without dpkg, and are of what is installed. */
function flagsOf(status: string | undefined, state: string | undefined): readonly PackageFlag[] | undefined {
  return status === undefined || (state !== undefined && INSTALLED.has(state))
    ? undefined
    : ['partly-installed'];
}
