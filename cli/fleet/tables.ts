import { familiarName } from '../engines/image-names.ts';
import type { Column } from '../output/table.ts';
import { ageText, bytesText, leftText, shortDigest } from '../output/text.ts';
import type {
  FleetImage,
  FleetNode,
  FleetPackage,
  FleetRefusal,
  FleetVerification,
  Matched,
  WhereContainer,
  WhereImage,
  WhereNode,
} from './views.ts';

/** Characters shown of each side of a difference, and how many of these are before the two part. */
const SHOWN = 40;
const SHOWN_BEFORE = 20;

/** `now`: ms since the epoch. */
export function nodeColumns(now: number): Column<FleetNode>[] {
  return [
    { title: 'node', value: (one) => one.node },
    { title: 'status', value: (one) => statusText(one, now) },
    { title: 'system', value: (one) => one.host?.os, shrink: true },
    { title: 'images', value: (one) => one.counts.images, align: 'right' },
    { title: 'running', value: (one) => one.counts.running, align: 'right' },
    { title: 'processes', value: (one) => one.counts.processes, align: 'right' },
    { title: 'certificate', value: (one) => certificateText(one, now), align: 'right' },
    { title: 'seen', value: (one) => ageText(one.lastSeen, now), align: 'right' },
  ];
}

function statusText({ status, condition, duplicates }: FleetNode, now: number): string {
  const words = [status];
  if (condition === 'degraded') words.push('degraded');
  if (duplicates !== undefined) words.push(`claimed twice ${ageText(duplicates.lastAt, now)} ago`);
  return words.join(', ');
}

/** `27d`: how long it is still valid. */
function certificateText({ certificateUntil }: FleetNode, now: number): string {
  return certificateUntil === undefined ? '-' : leftText(certificateUntil, now);
}

/** `now`: ms since the epoch. */
export function verificationColumns(now: number): Column<FleetVerification>[] {
  return [
    { title: 'layer', value: (one) => shortDigest(one.diffId) },
    { title: 'outcome', value: outcomeText, shrink: true },
    { title: 'supplied by', value: ({ difference }) => difference && (difference.suppliedBy || 'unknown') },
    { title: 'read by', value: (one) => one.node },
    { title: 'cataloger', value: ({ difference }) => difference?.cataloger },
    { title: 'path', value: ({ difference }) => difference?.path, shrink: true },
    { title: 'kept', value: ({ difference }) => difference && sideText(difference, 'stored'), shrink: true },
    {
      title: 'read',
      value: ({ difference }) => difference && sideText(difference, 'computed'),
      shrink: true,
    },
    { title: 'seen', value: (one) => ageText(one.at, now), align: 'right' },
  ];
}

function outcomeText({ outcome, acknowledged }: FleetVerification): string {
  return acknowledged === undefined ? outcome : `${outcome}, known to ${acknowledged.by}`;
}

/** One side, from a little before it parts from the other. */
function sideText(
  { stored, computed }: NonNullable<FleetVerification['difference']>,
  side: 'stored' | 'computed',
): string {
  const whole = { stored, computed }[side];
  if (whole === '') return 'nothing';
  let parted = 0;
  while (parted < whole.length && stored[parted] === computed[parted]) parted += 1;
  const from = Math.max(0, parted - SHOWN_BEFORE);
  const shown = whole.slice(from, from + SHOWN);
  return `${from > 0 ? '…' : ''}${shown}${from + SHOWN < whole.length ? '…' : ''}`;
}

/** `now`: ms since the epoch. */
export function refusalColumns(now: number): Column<FleetRefusal>[] {
  return [
    { title: 'node', value: (one) => one.node || '-' },
    { title: 'reason', value: (one) => one.reason },
    { title: 'message', value: (one) => one.message, shrink: true },
    { title: 'count', value: (one) => one.count, align: 'right' },
    { title: 'first', value: (one) => ageText(one.firstAt, now), align: 'right' },
    { title: 'seen', value: (one) => ageText(one.lastAt, now), align: 'right' },
  ];
}

export const imageColumns: readonly Column<FleetImage>[] = [
  { title: 'image', value: namesText, shrink: true },
  { title: 'id', value: (one) => shortDigest(one.imageId) },
  { title: 'size', value: (one) => bytesText(one.sizeBytes), align: 'right' },
  { title: 'packages', value: (one) => one.packages, align: 'right' },
  { title: 'nodes', value: (one) => one.spread.nodes, align: 'right' },
  { title: 'running', value: (one) => one.spread.running, align: 'right' },
];

export const packageColumns: readonly Column<FleetPackage>[] = [
  { title: 'package', value: (one) => one.purl, shrink: true },
  { title: 'images', value: (one) => one.images, align: 'right' },
  { title: 'nodes', value: (one) => one.spread.nodes, align: 'right' },
  { title: 'running', value: (one) => one.spread.running, align: 'right' },
];

export const whereContainerColumns: readonly Column<WhereContainer>[] = [
  { title: 'node', value: (one) => one.node },
  { title: 'container', value: (one) => one.name || shortDigest(one.id) },
  { title: 'state', value: (one) => one.state },
  { title: 'image', value: (one) => familiarName(one.imageName), shrink: true },
  { title: 'found', value: matchesText, shrink: true },
];

export const whereImageColumns: readonly Column<WhereImage>[] = [
  { title: 'image', value: namesText, shrink: true },
  { title: 'id', value: (one) => shortDigest(one.imageId) },
  { title: 'nodes', value: (one) => one.spread.nodes, align: 'right' },
  { title: 'running', value: (one) => one.spread.running, align: 'right' },
  { title: 'found', value: matchesText, shrink: true },
];

export const whereNodeColumns: readonly Column<WhereNode>[] = [
  { title: 'node', value: (one) => one.node },
  { title: 'status', value: (one) => one.status },
  { title: 'images', value: (one) => one.images, align: 'right' },
  { title: 'running', value: (one) => one.running, align: 'right' },
];

function namesText({ names }: FleetImage): string {
  return names.map(familiarName).join(', ') || '<no name>';
}

function matchesText({ matches }: Matched): string {
  return matches.map((one) => one.purl).join(', ');
}
