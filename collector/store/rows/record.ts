import { canonicalJson } from '../../../core/canonical-json.ts';
import type { PackageRecord } from '../../../core/facts.ts';
import { sha256Text } from '../sha256-text.ts';

/** A package record as it is kept, once: its text, and the digest by which it is found. */
export interface WrittenRecord {
  readonly text: string;
  readonly digest: Uint8Array;
}

export function writeRecord(record: PackageRecord): WrittenRecord {
  const text = canonicalJson(record);
  return { text, digest: sha256Text(text) };
}

export function readRecord(text: string): PackageRecord {
  return JSON.parse(text) as PackageRecord;
}
