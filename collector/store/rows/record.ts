import type { PackageRecord } from '../../../core/facts.ts';

export function readRecord(text: string): PackageRecord {
  return JSON.parse(text) as PackageRecord;
}
