import type { CatalogerFacts, Fact, FindingRecord, PackageFlag, PackageRecord } from '../../core/facts.ts';
import { FINDING_RULES } from '../../core/finding-rules.ts';
import { PACKAGE_TYPES } from '../../core/package-types.ts';
import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { optionalText, present, text, word } from './fields.ts';
import { releaseMessage, releaseOf } from './release.ts';
import { textWriter } from './text-writer.ts';
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

/** Packages that are encoded in one step: some milliseconds. */
const PACKAGES_A_STEP = 100;
/** Facts, of those with few packages. */
const FACTS_A_STEP = 100;

/** Tags of what is put together from encoded parts: field number and wire type 2, content.proto. */
const TAGS = { catalogers: (2 << 3) | 2, facts: (3 << 3) | 2 } as const;

/**
 * All facts of one layer, without file claims and licenses of documentation: those stay on the node. A layer may have
 * thousands: the caller may do other things at each yield. A message's parts are one message when they follow each other.
 */
export function* encodeLayerFacts(
  diffId: string,
  catalogers: readonly CatalogerFacts[],
): Generator<undefined, Uint8Array> {
  const whole = LayerFacts.encode({ diffId }, textWriter());
  for (const { cataloger, version, facts } of catalogers) {
    const writer = tallyman.v1.CatalogerFacts.encode({ cataloger, version }, textWriter());
    let sinceYield = 0;
    for (const fact of facts) {
      const steps = encodedFact(fact);
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) yield;
      writer.uint32(TAGS.facts).bytes(step.value);
      if ((sinceYield += 1) % FACTS_A_STEP === 0) yield;
    }
    whole.uint32(TAGS.catalogers).bytes(writer.finish());
    yield;
  }
  return whole.finish();
}

function* encodedFact(fact: Fact): Generator<undefined, Uint8Array> {
  const { packages = [], ...rest } = fact;
  const parts = [tallyman.v1.Fact.encode(factMessage(rest), textWriter()).finish()];
  for (let at = 0; at < packages.length; at += PACKAGES_A_STEP) {
    if (at > 0) yield;
    const some = packages.slice(at, at + PACKAGES_A_STEP).map(packageMessage);
    parts.push(tallyman.v1.Fact.encode({ packages: some }, textWriter()).finish());
  }
  return parts.length === 1 ? (parts[0] ?? new Uint8Array()) : Buffer.concat(parts);
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

function factMessage(fact: Omit<Fact, 'packages'>): tallyman.v1.Fact.$Properties {
  return present({
    path: fact.path,
    status: STATUSES[fact.status],
    message: fact.message,
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
