import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import { WireError } from './wire-error.ts';

/** What a command came to, beside its sentence. Whoever reads it checks it: it comes from a node. */
export interface CommandDetail {
  /** Of `plan-cleanup`. */
  readonly plan?: CleanupPlan;
  /** So many items that stay are left out of the plan, since it would have been too large. */
  readonly omittedKept?: number;
  /** Of `apply-plan`, `undo` and `free`: the run, as `tallyman cleanup history RECEIPT --format json` prints it. */
  readonly receipt?: unknown;
  /** Of `undo`: image IDs, and sentences. */
  readonly undo?: { readonly restored: readonly string[]; readonly problems: readonly string[] };
}

/** With room in a message of 1 MiB for what is around it. */
const MAX_PACKED_BYTES = 768 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;
/** 8 MiB; we use less. A frame that asks for more would make us hold it. */
const LARGEST_WINDOW_LOG = 23;

/** For a command's result: JSON, compressed. Undefined when that is more than a result may carry. */
export function packDetail(detail: CommandDetail): Uint8Array | undefined {
  const json = Buffer.from(JSON.stringify(detail));
  if (json.length > MAX_BYTES) return undefined;
  const packed = zstdCompressSync(json);
  return packed.length > MAX_PACKED_BYTES ? undefined : packed;
}

/** The same for a plan, with as many of the images that stay as there is room for. Undefined when those that go are too many. */
export function packPlan(plan: CleanupPlan): Uint8Array | undefined {
  const going = plan.items.filter(({ action }) => action === 'remove');
  const kept = plan.items.filter(({ action }) => action === 'keep');
  for (let room = kept.length; ; room = Math.floor(room / 2)) {
    const omittedKept = kept.length - room;
    const items = [...going, ...kept.slice(0, room)];
    const packed = packDetail({ plan: { ...plan, items }, ...(omittedKept > 0 && { omittedKept }) });
    if (packed !== undefined || room === 0) return packed;
  }
}

/** What a node packed, as it says. Throws a WireError when it is too large, or no JSON object in zstd. */
export function unpackDetail(packed: Uint8Array): Readonly<Record<keyof CommandDetail, unknown>> {
  if (packed.length > MAX_PACKED_BYTES)
    throw new WireError('too-large', `a result's detail has ${packed.length} bytes`);
  const value = inflated(packed);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError('malformed', "a result's detail is no JSON object");
  const { plan, omittedKept, receipt, undo } = value as Record<string, unknown>;
  return { plan, omittedKept, receipt, undo };
}

function inflated(packed: Uint8Array): unknown {
  try {
    const json = zstdDecompressSync(packed, {
      maxOutputLength: MAX_BYTES,
      params: { [constants.ZSTD_d_windowLogMax]: LARGEST_WINDOW_LOG },
    });
    return JSON.parse(json.toString());
  } catch (error) {
    throw new WireError('malformed', "a result's detail is not JSON in zstd, or it is too large", error);
  }
}
