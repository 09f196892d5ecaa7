/** What a rollout looks at in a node's receipt. */
export interface RunReceipt {
  readonly runId: string;
  /** Absent when the run was cut off. */
  readonly outcome?: 'done' | 'partial' | 'failed' | 'interrupted';
  readonly reason?: string;
  /** ms since the epoch: until then images can be brought back. */
  readonly undoUntil?: number;
  readonly measuredBytes: number;
  readonly items: readonly ReceiptImage[];
}

interface ReceiptImage {
  readonly status: string;
  readonly predictedBytes: number;
  readonly measuredBytes: number;
}

/** How far a receipt may be from its plan before people should look at it, in percent. */
export interface Tolerance {
  /** Of the images: those that could not be removed, or only partly. */
  readonly troubledPercent: number;
  /** Of the images: those that came into use, or were gone, or were left for lack of time. */
  readonly leftPercent: number;
  /** Of the predicted bytes of what is deleted: how much more or less was measured. */
  readonly bytesPercent: number;
}

export const DEFAULT_TOLERANCE: Tolerance = { troubledPercent: 0, leftPercent: 20, bytesPercent: 10 };

const TROUBLED = ['failed', 'failed-silently', 'conflict', 'untagged'];
const LEFT = ['raced', 'skipped'];
/** Less than this is no matter of percents: a directory's own block, a label. */
const FEW_BYTES = 64 * 1024;

/**
 * Why a receipt is not what its plan let expect; undefined when it is. A run that is only `partial` is judged by its
 * images: some always come into use. Bytes are compared once the space is free, and not while a grace period keeps it.
 */
export function surprise({ outcome, reason, items }: RunReceipt, tolerance: Tolerance): string | undefined {
  if (outcome === undefined) return 'the run was cut off';
  if (outcome === 'failed' || outcome === 'interrupted') return `the run ${ended(outcome)}${because(reason)}`;
  const restored = items.filter(({ status }) => status === 'restored').length;
  if (restored > 0) return `${images(restored)} brought back`;
  const troubled = items.filter(({ status }) => TROUBLED.includes(status));
  if (isBeyond(troubled.length, items.length, tolerance.troubledPercent))
    return `${images(troubled.length, items.length)} not removed (${words(troubled)})`;
  const left = items.filter(({ status }) => LEFT.includes(status));
  if (isBeyond(left.length, items.length, tolerance.leftPercent))
    return `${images(left.length, items.length)} left alone (${words(left)})${because(reason)}`;
  const freed = items.filter(({ status }) => status === 'deleted');
  const predicted = freed.reduce((sum, item) => sum + item.predictedBytes, 0);
  const measured = freed.reduce((sum, item) => sum + item.measuredBytes, 0);
  const off = Math.abs(measured - predicted);
  if (off > FEW_BYTES && isBeyond(off, predicted, tolerance.bytesPercent))
    return `freed ${measured} bytes, and ${predicted} were predicted`;
  return undefined;
}

function ended(outcome: 'failed' | 'interrupted'): string {
  return outcome === 'failed' ? 'failed' : 'was interrupted';
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function isBeyond(part: number, whole: number, percent: number): boolean {
  return part > 0 && part * 100 > whole * percent;
}

function images(count: number, of?: number): string {
  const among = of === undefined ? '' : ` of ${of}`;
  return count === 1 ? `1 image${among} was` : `${count} images${among} were`;
}

/** `failed, conflict`: each word once. */
function words(items: readonly ReceiptImage[]): string {
  return [...new Set(items.map(({ status }) => status))].join(', ');
}
