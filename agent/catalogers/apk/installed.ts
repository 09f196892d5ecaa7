import type { FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector, type ClaimCollector } from '../package-database/claims.ts';
import {
  dependencyNames,
  MAX_NAMES,
  providerIndex,
  relationBudget,
  type RelationBudget,
} from '../package-database/dependencies.ts';
import { present } from '../package-database/present.ts';
import { linesOf, readBlocks } from '../package-database/text.ts';

/** A thousand packages have about 10 MiB, nearly all of it file names. */
const LIMITS = { bytes: 32 * 1024 * 1024, blockLength: 4 * 1024 * 1024, blocks: 50_000 };

/** How `apk add --virtual` describes the package it makes up to hold a list of dependencies. */
const VIRTUAL = 'virtual meta package';

interface Block {
  readonly record: PackageRecord;
  readonly name: string;
  readonly provides: readonly string[];
  readonly requires: readonly string[];
}

/**
 * Reads apk's database of what is installed: one block a package, one letter and a colon before each value.
 * Source: apk-v2(5), apk-package(5).
 */
export function parseInstalled(file: LayerFile): FactContent {
  const blocks = readBlocks(file, LIMITS);
  const files = claimCollector();
  const relations = relationBudget();
  const found: Block[] = [];
  let block = blocks.next();
  for (; block.done !== true; block = blocks.next()) {
    const one = parseBlock(block.value, files, relations);
    if (one !== undefined) found.push(one);
  }
  const index = providerIndex(found);
  const packages = found.map(({ record, requires }) => {
    const alternatives = requires.map((requirement) => [requirement]);
    const dependencies = dependencyNames(record.name, alternatives, index, ([name]) =>
      name !== undefined && isPackageName(name) ? name : undefined,
    );
    return dependencies.length === 0 ? record : { ...record, dependencies };
  });
  const truncated = block.value ?? files.truncated() ?? relations.truncated();
  return { packages, claims: files.claims(), ...present({ truncated }) };
}

function parseBlock(text: string, files: ClaimCollector, relations: RelationBudget): Block | undefined {
  const values = new Map<string, string>();
  // The name comes first and the files last: apk-v2(5), "installed".
  let directory = '';
  for (const line of linesOf(text)) {
    if (line[1] !== ':') continue;
    const value = line.slice(2);
    if (line[0] === 'F') directory = value;
    else if (line[0] === 'R') files.add(values.get('P') ?? '', `${directory}/${value}`);
    else if (line[0] !== undefined) values.set(line[0], value);
  }
  const name = values.get('P');
  if (name === undefined || name === '') return undefined;
  return {
    record: recordOf(name, values),
    name,
    provides: relations.take(() => capabilities(values.get('p'))),
    requires: relations.take(() => capabilities(values.get('D'))),
  };
}

function recordOf(name: string, values: ReadonlyMap<string, string>): PackageRecord {
  const version = values.get('V') ?? '';
  const origin = values.get('o');
  const license = values.get('L');
  return {
    type: 'apk',
    name,
    version,
    ...present({
      architecture: values.get('A') || undefined,
      source: origin ? { name: origin, ...(version !== '' && { version }) } : undefined,
      licenses: license ? [license] : undefined,
      vendor: values.get('m') || undefined,
      flags: values.get('T') === VIRTUAL ? (['not-software'] as const) : undefined,
    }),
  };
}

/** Names without the version or repository asked of them; conflicts (`!name`) are not among them. */
function capabilities(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(' ', MAX_NAMES + 1)
    .filter((item) => !item.startsWith('!'))
    .map((item) => item.replace(/[<>=~@].*$/s, ''))
    .filter((item) => item !== '');
}

/** A library (`so:`), command (`cmd:`), pkg-config module (`pc:`) or path is no package's name. */
function isPackageName(capability: string): boolean {
  return !capability.includes(':') && !capability.includes('/');
}
