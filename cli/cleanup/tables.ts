import { duration, explain } from '../../core/cleanup/explain.ts';
import { sumOf } from '../../core/cleanup/measure.ts';
import type { CleanupPlan, PlanItem } from '../../core/cleanup/plan.ts';
import type { Leak } from '../../agent/runtimes/holdings.ts';
import { graceEnds, type ImageRun, type RunState } from '../../agent/cleanup/journal/run-state.ts';
import { familiarName } from '../engines/image-names.ts';
import { cleanText, formatTable, type Column, type TableOptions } from '../output/table.ts';
import { bytesText, countText, shortDigest } from '../output/text.ts';

const UNDO: Readonly<Record<PlanItem['undo'], string>> = {
  restore: 'yes',
  pull: 'pull again',
  none: 'no',
};

const planColumns: readonly Column<PlanItem>[] = [
  {
    title: 'image',
    value: (item) =>
      titleOf(
        item.names.map(({ name }) => name),
        item.imageId,
      ),
    shrink: true,
  },
  { title: 'id', value: (item) => shortDigest(item.imageId) },
  { title: 'own size', value: (item) => bytesText(item.exclusive.bytes), align: 'right' },
  { title: 'undo', value: (item) => (item.action === 'remove' ? UNDO[item.undo] : '') },
  { title: 'why', value: explain, shrink: true },
];

/** What goes and what stays, image by image. */
export function planItemsText(items: readonly PlanItem[], options: TableOptions): string {
  return formatTable(items, planColumns, options);
}

/** What goes and what stays, and how to go on. */
export function planText(plan: CleanupPlan, leaks: readonly Leak[], options: TableOptions): string {
  const going = plan.items.filter(({ action }) => action === 'remove');
  const lines = [planItemsText(plan.items, options)];
  for (const refusal of plan.refusals) lines.push(`! Nothing is removed: ${cleanText(refusal)}`);
  for (const warning of plan.warnings) lines.push(`! ${cleanText(warning)}`);
  if (leaks.length > 0) {
    const lost = leaks.reduce((sum, { bytes }) => sum + bytes, 0);
    lines.push(
      `! ${countText(leaks.length, 'thing')} that nothing refers to take ${bytesText(lost)}: tallyman cleanup leaks`,
    );
  }
  if (going.length === 0) {
    lines.push(`Nothing to remove: all ${countText(plan.items.length, 'image')} stay.`);
  } else {
    const disk = plan.frees.inodes > 0 ? ` and ${countText(plan.frees.inodes, 'inode')}` : '';
    lines.push(
      `${countText(going.length, 'image')} of ${plan.items.length} would go and free ${bytesText(plan.frees.bytes)}${disk}.`,
      `Do it: tallyman cleanup apply ${plan.id.slice(0, 12)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

const imageColumns: readonly Column<ImageRun>[] = [
  { title: 'image', value: (image) => titleOf(image.names, image.imageId), shrink: true },
  { title: 'id', value: (image) => shortDigest(image.imageId) },
  { title: 'what became of it', value: ({ status }) => status },
  { title: 'predicted', value: ({ predicted }) => bytesText(predicted.bytes), align: 'right' },
  { title: 'freed', value: ({ measured }) => measured && bytesText(measured.bytes), align: 'right' },
  { title: 'why', value: ({ why, reason }) => reason ?? why, shrink: true },
];

/** One run, image by image. */
export function receiptText(run: RunState, now: number, options: TableOptions): string {
  const lines = [
    formatTable(run.images, imageColumns, options),
    `Receipt ${run.runId}: ${stateText(run, now)}.`,
  ];
  const ends = graceEnds(run);
  if (ends !== undefined && ends > now) lines.push(`Bring them back: tallyman cleanup undo ${run.runId}`);
  if (run.reason !== undefined) lines.push(`! ${cleanText(run.reason)}`);
  return `${lines.join('\n')}\n`;
}

/** All runs, the latest first. */
export function historyText(runs: readonly RunState[], now: number, options: TableOptions): string {
  const columns: readonly Column<RunState>[] = [
    { title: 'receipt', value: ({ runId }) => runId },
    { title: 'when', value: ({ begunAt }) => new Date(begunAt).toISOString().replace(/\.\d+Z$/, 'Z') },
    { title: 'who', value: ({ issuer }) => issuer, shrink: true },
    { title: 'images', value: ({ images }) => images.filter(isGone).length, align: 'right' },
    { title: 'predicted', value: ({ predicted }) => bytesText(predicted.bytes), align: 'right' },
    { title: 'freed', value: (run) => bytesText(freed(run)), align: 'right' },
    { title: 'state', value: (run) => stateText(run, now), shrink: true },
  ];
  if (runs.length === 0) return 'No cleanup has run on this node yet.\n';
  return formatTable(runs, columns, options);
}

export function leaksText(leaks: readonly Leak[], options: TableOptions): string {
  if (leaks.length === 0) return 'Nothing is left over: all that is on disk is referred to.\n';
  const columns: readonly Column<Leak>[] = [
    { title: 'kind', value: ({ kind }) => kind },
    { title: 'namespace', value: ({ namespace }) => namespace || '-' },
    { title: 'id', value: ({ id }) => id, shrink: true },
    { title: 'size', value: ({ bytes }) => bytesText(bytes), align: 'right' },
    { title: 'what', value: ({ message }) => message, shrink: true },
  ];
  return formatTable(leaks, columns, options);
}

function isGone({ status }: ImageRun): boolean {
  return status === 'quarantined' || status === 'deleted';
}

function freed({ images }: RunState): number {
  return sumOf(images.flatMap(({ measured }) => measured ?? [])).bytes;
}

function stateText(run: RunState, now: number): string {
  if (run.outcome === undefined) return 'running, or cut off';
  const ends = graceEnds(run);
  const kept = run.images.filter(({ status }) => status === 'quarantined').length;
  const undo =
    ends === undefined
      ? ''
      : ends > now
        ? `, ${countText(kept, 'image')} can be brought back for ${duration(ends - now)}`
        : `, ${countText(kept, 'image')} to be freed`;
  return `${run.outcome}${undo}`;
}

/** The first name as people write it, not one by digest if there is another. */
function titleOf(names: readonly string[], imageId: string): string {
  const spoken = names.find((name) => !name.includes('@') && !name.startsWith('sha256:')) ?? names[0];
  return spoken === undefined ? shortDigest(imageId) : familiarName(spoken);
}
