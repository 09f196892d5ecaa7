import { duration } from '../../../core/cleanup/explain.ts';
import type { RolloutNode } from '../../../core/fleet-cleanup/rollout.ts';
import { planItemsText } from '../../cleanup/tables.ts';
import { cleanText, formatTable, type Column, type TableOptions } from '../../output/table.ts';
import { bytesText, countText } from '../../output/text.ts';
import type {
  FleetPlan,
  FleetReceipt,
  FleetRollout,
  NodePlan,
  PlannedNode,
  VerdictListSummary,
} from './views.ts';

const planColumns: readonly Column<PlannedNode>[] = [
  { title: 'node', value: ({ node }) => node },
  { title: 'plan', value: ({ state }) => state },
  { title: 'to go', value: ({ images }) => images, align: 'right' },
  { title: 'to stay', value: ({ kept }) => kept, align: 'right' },
  { title: 'frees', value: ({ bytes }) => shownBytes(bytes), align: 'right' },
  { title: 'why not', value: ({ refusals = [], why }) => refusals[0] ?? why ?? '', shrink: true },
];

/** Node by node, with all images when there are `details`, and how to go on. */
export function fleetPlanText(
  plan: FleetPlan,
  details: ReadonlyMap<string, NodePlan>,
  options: TableOptions,
): string {
  const lines = [formatTable(plan.nodes, planColumns, options)];
  for (const [node, detail] of details) lines.push(nodePlanText(node, detail, options));
  const sum = (of: (one: PlannedNode) => number | undefined): number =>
    plan.nodes.reduce((total, one) => total + (of(one) ?? 0), 0);
  const going = sum(({ images }) => images);
  const [meant, open] = [plan.nodes.filter(({ images = 0 }) => images > 0), plan.nodes.filter(isOpen)];
  if (open.length > 0)
    lines.push(
      `! ${countText(open.length, 'node')} did not answer yet: tallyman fleet cleanup plan --id ${plan.id}`,
    );
  if (going === 0) lines.push('Nothing to remove on any node that answered.');
  else {
    const what = `${countText(going, 'image')} on ${countText(meant.length, 'node')}`;
    lines.push(`${what} would go and free ${bytesText(sum(({ bytes }) => bytes))}.`);
    if (open.length === 0) lines.push(`Do it: tallyman fleet cleanup apply ${plan.id}`);
  }
  return `${lines.join('\n')}\n`;
}

function shownBytes(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : bytesText(bytes);
}

/** Not over yet. */
export function isOpen({ state }: PlannedNode): boolean {
  return state === 'waiting' || state === 'asked' || state === 'disconnected';
}

function nodePlanText(node: string, { plan, omittedKept }: NodePlan, options: TableOptions): string {
  const lines = [`Node ${cleanText(node)}`, planItemsText(plan.items, options)];
  if (omittedKept > 0) lines.push(`… and ${countText(omittedKept, 'image')} more that stay`);
  for (const warning of plan.warnings) lines.push(`! ${cleanText(warning)}`);
  return lines.join('\n');
}

const rolloutColumns: readonly Column<RolloutNode>[] = [
  { title: 'node', value: ({ node }) => node },
  { title: 'state', value: stateText },
  { title: 'to go', value: ({ images }) => images, align: 'right' },
  { title: 'gone', value: ({ removed }) => removed, align: 'right' },
  { title: 'predicted', value: ({ bytes }) => bytesText(bytes), align: 'right' },
  { title: 'freed', value: ({ measuredBytes }) => shownBytes(measuredBytes), align: 'right' },
  { title: 'receipt', value: ({ receiptId }) => receiptId },
  { title: 'why', value: ({ why, undoWhy }) => undoWhy ?? why ?? '', shrink: true },
];

/** Node by node, and what can be done now. */
export function rolloutText(rollout: FleetRollout, now: number, options: TableOptions): string {
  const { id, phase, why, nodes } = rollout;
  const lines = [formatTable(nodes, rolloutColumns, options)];
  const because = why === undefined ? '' : `: ${cleanText(why)}`;
  lines.push(`Rollout ${id} is ${phase}${because}.`);
  const left = nodes.filter(({ state }) => state === 'waiting' || state === 'unreached').length;
  if (left > 0 && (phase === 'stopped' || phase === 'done'))
    lines.push(`${countText(left, 'node')} not begun; go on: tallyman fleet cleanup continue ${id}`);
  const grace = nodes.flatMap(({ undoUntil = 0, undo }) =>
    undoUntil > now && undo !== 'done' ? [undoUntil] : [],
  );
  if (grace.length > 0 && phase !== 'undoing')
    lines.push(
      `Bring all back, within ${duration(Math.min(...grace) - now)}: tallyman fleet cleanup undo ${id}`,
    );
  return `${lines.join('\n')}\n`;
}

function stateText({ state, undo }: RolloutNode): string {
  if (undo === undefined) return state;
  return undo === 'done' ? 'brought back' : undo === 'failed' ? 'not brought back' : 'to be brought back';
}

/** Runs of all nodes, the latest first. */
export function receiptsText(receipts: readonly FleetReceipt[], now: number, options: TableOptions): string {
  if (receipts.length === 0) return 'No node has told of a cleanup yet.\n';
  const columns: readonly Column<FleetReceipt>[] = [
    { title: 'when', value: ({ begunAt }) => new Date(begunAt).toISOString().replace(/\.\d+Z$/, 'Z') },
    { title: 'node', value: ({ node }) => node },
    { title: 'receipt', value: ({ runId }) => runId },
    { title: 'who', value: ({ issuer }) => issuer, shrink: true },
    { title: 'images', value: ({ items }) => items.filter(isGone).length, align: 'right' },
    { title: 'predicted', value: ({ predictedBytes }) => bytesText(predictedBytes), align: 'right' },
    { title: 'freed', value: ({ measuredBytes }) => bytesText(measuredBytes), align: 'right' },
    { title: 'outcome', value: (receipt) => outcomeText(receipt, now), shrink: true },
  ];
  return formatTable(receipts, columns, options);
}

export const verdictListColumns: readonly Column<VerdictListSummary>[] = [
  { title: 'list', value: ({ name }) => name },
  { title: 'entries', value: ({ entries }) => entries, align: 'right' },
  { title: 'who', value: ({ issuer }) => issuer, shrink: true },
  { title: 'when', value: ({ changedAt }) => new Date(changedAt).toISOString().replace(/\.\d+Z$/, 'Z') },
];

function isGone({ status }: FleetReceipt['items'][number]): boolean {
  return status === 'quarantined' || status === 'deleted';
}

function outcomeText({ outcome, undoUntil, reason }: FleetReceipt, now: number): string {
  const grace = undoUntil !== undefined && undoUntil > now ? `, undo for ${duration(undoUntil - now)}` : '';
  return `${outcome ?? 'cut off'}${grace}${reason === undefined ? '' : `; ${reason}`}`;
}
