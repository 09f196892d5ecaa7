import { createHash, randomUUID } from 'node:crypto';
import type { SbomMaker, SbomSubject } from '../../core/sbom/subject.ts';
import { EXIT, Failure } from '../failure.ts';
import { jsonText } from '../output/json.ts';
import type { ScanResult } from './scan-result.ts';

/** The end of the year 9999: RFC 3339 knows no later one. */
const LATEST_SECOND = 253_402_300_799;

/** When a document is said to be made. */
export interface SbomMoment {
  /** RFC 3339 with seconds, UTC. */
  readonly created: string;
  /** The same input is to give the same document, byte for byte. */
  readonly isReproducible: boolean;
}

/**
 * `now`: ms since the epoch. `sourceDateEpoch`: seconds since the epoch, as text, which counts instead.
 * Source: reproducible-builds.org, "SOURCE_DATE_EPOCH specification". Throws a Failure when it is no such number.
 */
export function sbomMoment(now: number, sourceDateEpoch: string | undefined): SbomMoment {
  if (sourceDateEpoch === undefined || sourceDateEpoch === '')
    return { created: rfc3339(now), isReproducible: false };
  const seconds = /^\d{1,12}$/.test(sourceDateEpoch) ? Number(sourceDateEpoch) : Infinity;
  if (seconds <= LATEST_SECOND) return { created: rfc3339(seconds * 1000), isReproducible: true };
  throw new Failure(
    EXIT.usage,
    `SOURCE_DATE_EPOCH is "${sourceDateEpoch}"; it must be a whole number of seconds since 1970`,
  );
}

/** The UUID of a reproducible document follows from what is in it. */
export function sbomMaker(subject: SbomSubject, moment: SbomMoment, toolVersion: string): SbomMaker {
  const { created, isReproducible } = moment;
  const uuid = isReproducible ? uuidOf(jsonText([toolVersion, created, subject])) : randomUUID();
  return { toolVersion, created, uuid };
}

export function sbomSubject(result: ScanResult): SbomSubject {
  const { target, image, composition, packages } = result;
  const { release, builds } = composition;
  return {
    name: image?.names[0] ?? target,
    ...(image !== undefined && { imageId: image.imageId, os: image.os, architecture: image.architecture }),
    ...(image?.manifestDigest !== undefined && { manifestDigest: image.manifestDigest }),
    diffIds: image?.diffIds ?? [],
    ...(release !== undefined && { release }),
    ...(builds !== undefined && { builds }),
    packages,
  };
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** RFC 9562, clause 5.8: version 8, made in a way of our own. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
