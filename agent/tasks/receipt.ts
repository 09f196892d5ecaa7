import { graceEnds, type ImageRun, type RunState } from '../cleanup/journal/run-state.ts';
import { sumOf } from '../../core/cleanup/measure.ts';
import type { EventBody, ReceiptItem } from '../../proto/codec/event.ts';

/** A run as the collector is told of it. */
export function receiptOf(run: RunState): EventBody {
  const { runId, planId, issuer, begunAt, endedAt, outcome, reason, predicted, images } = run;
  const undoUntil = graceEnds(run);
  return {
    kind: 'receipt',
    runId,
    planId,
    issuer,
    begunAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(outcome !== undefined && { outcome }),
    ...(reason !== undefined && { reason }),
    ...(undoUntil !== undefined && { undoUntil }),
    predictedBytes: predicted.bytes,
    measuredBytes: sumOf(images.flatMap(({ measured }) => measured ?? [])).bytes,
    items: images.map(itemOf),
  };
}

function itemOf({ imageId, names, status, reason, why, predicted, measured }: ImageRun): ReceiptItem {
  // What has no end yet was cut off, and is brought to one by the next run.
  const isOpen = status === 'planned' || status === 'removing';
  const isKept = status === 'freeing' || status === 'restoring';
  return {
    imageId,
    names,
    status: isOpen ? 'failed' : isKept ? 'quarantined' : status,
    ...(isOpen ? { reason: 'the run was cut off' } : reason !== undefined && { reason }),
    why,
    predictedBytes: predicted.bytes,
    measuredBytes: measured?.bytes ?? 0,
  };
}
