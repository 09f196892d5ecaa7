import type { CatalogerFacts, Fact, FindingRecord, PackageFlag, PackageRecord } from '../../core/facts.ts';
import { FINDING_RULES } from '../../core/finding-rules.ts';
import { PACKAGE_TYPES } from '../../core/package-types.ts';
import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { optionalText, present, text, word } from './fields.ts';
import { releaseMessage, releaseOf } from './release.ts';
import { WireError } from './wire-error.ts';

const { LayerFacts, FactStatus } = tallyman.v1;

/** 50,000 packages with twenty fields and dependencies each. */
const MAX_FIELDS = 1_000_000;
const FLAGS: readonly PackageFlag[] = ['partly-installed', 'not-software', 'database-deleted'];
const STATUSES = {
  found: FactStatus.FACT_STATUS_FOUND,
  nothing: FactStatus.FACT_STATUS_NOTHING,
  error: FactStatus.FACT_STATUS_ERROR,
} as const;

/** All facts of one layer, without file claims and licenses of documentation: those stay on the node. */
export function encodeLayerFacts(diffId: string, catalogers: readonly CatalogerFacts[]): Uint8Array {
  const message = {
    diffId,
    catalogers: catalogers.map(({ cataloger, version, facts }) => ({
      cataloger,
      version,
      facts: facts.map(factMessage),
    })),
  };
  return LayerFacts.encode(message).finish();
}

/** Throws a WireError: not the message, unknown words, or the facts of another layer. */
export function decodeLayerFacts(diffId: string, bytes: Uint8Array): CatalogerFacts[] {
  const message = decodeBounded(LayerFacts, bytes, MAX_FIELDS);
  if (message.diffId !== diffId)
    throw new WireError('mismatch', `the facts are not those of layer ${diffId}`);
  return message.catalogers.map((one) => ({
    diffId,
    cataloger: text(one.cataloger),
    version: one.version ?? 0,
    facts: (one.facts ?? []).map(factOf),
  }));
}

function factMessage(fact: Fact): tallyman.v1.Fact.$Properties {
  return present({
    path: fact.path,
    status: STATUSES[fact.status],
    message: fact.message,
    packages: fact.packages?.map(packageMessage),
    release: fact.release && releaseMessage(fact.release),
    truncated: fact.truncated,
    findings: fact.findings?.map((one) => ({ ...one })),
  });
}

function factOf(message: tallyman.v1.Fact.$Properties): Fact {
  return present({
    path: text(message.path),
    status: statusOf(message.status),
    message: optionalText(message.message),
    packages: message.packages?.length ? message.packages.map(packageOf) : undefined,
    release: message.release ? releaseOf(message.release) : undefined,
    truncated: optionalText(message.truncated),
    findings: message.findings?.length ? message.findings.map(findingOf) : undefined,
  });
}

function findingOf(message: tallyman.v1.Finding.$Properties): FindingRecord {
  return present({
    ruleId: word(FINDING_RULES, message.ruleId, 'rule of a finding'),
    kind: text(message.kind),
    evidence: optionalText(message.evidence),
  });
}

function statusOf(status: tallyman.v1.FactStatus | null | undefined): Fact['status'] {
  if (status === STATUSES.found) return 'found';
  if (status === STATUSES.nothing) return 'nothing';
  if (status === STATUSES.error) return 'error';
  throw new WireError('unknown-word', `${status ?? 'none'} is no status of a fact that is known here`);
}

function packageMessage(record: PackageRecord): tallyman.v1.PackageRecord.$Properties {
  return present({
    type: record.type,
    namespace: record.namespace,
    name: record.name,
    version: record.version,
    epoch: record.epoch,
    architecture: record.architecture,
    sourceName: record.source?.name,
    sourceVersion: record.source?.version,
    licenses: record.licenses && [...record.licenses],
    vendor: record.vendor,
    application: record.role === 'application' ? true : undefined,
    flags: record.flags && [...record.flags],
    dependencies: record.dependencies && [...record.dependencies],
    modularity: record.modularity,
    sha1: record.sha1,
    inside: record.inside,
    distributionId: record.distribution?.id,
    distributionVersion: record.distribution?.version,
    qualifiers: record.qualifiers && { ...record.qualifiers },
  });
}

function packageOf(message: tallyman.v1.PackageRecord.$Properties): PackageRecord {
  return present({
    type: word(PACKAGE_TYPES, message.type, 'type of package'),
    namespace: optionalText(message.namespace),
    name: text(message.name),
    version: text(message.version),
    epoch: message.epoch ?? undefined,
    architecture: optionalText(message.architecture),
    source: sourceOf(message),
    licenses: message.licenses?.length ? message.licenses : undefined,
    vendor: optionalText(message.vendor),
    role: message.application ? ('application' as const) : undefined,
    flags: message.flags?.length
      ? message.flags.map((flag) => word(FLAGS, flag, 'flag of a package'))
      : undefined,
    dependencies: message.dependencies?.length ? message.dependencies : undefined,
    modularity: optionalText(message.modularity),
    sha1: optionalText(message.sha1),
    inside: optionalText(message.inside),
    distribution: distributionOf(message),
    qualifiers: Object.keys(message.qualifiers ?? {}).length > 0 ? { ...message.qualifiers } : undefined,
  });
}

function distributionOf(message: tallyman.v1.PackageRecord.$Properties): PackageRecord['distribution'] {
  const id = optionalText(message.distributionId);
  return id === undefined ? undefined : present({ id, version: optionalText(message.distributionVersion) });
}

function sourceOf(message: tallyman.v1.PackageRecord.$Properties): PackageRecord['source'] {
  const name = optionalText(message.sourceName);
  return name === undefined ? undefined : present({ name, version: optionalText(message.sourceVersion) });
}
