import type { Container, Image, Process } from '../../core/inventory.ts';
import { familiarName } from '../engines/image-names.ts';
import type { Column } from '../output/table.ts';
import { ageText, bytesText, shortDigest } from '../output/text.ts';
import type { NodeImage, NodePackage } from './answers.ts';

/** What to call an image: its first name as people write it. */
export type ImageTitle = (imageId: string | undefined) => string | undefined;

export function imageTitles(images: readonly Image[]): ImageTitle {
  const titles = new Map(images.map((image) => [image.imageId, titleOf(image)]));
  return (imageId) => (imageId === undefined ? undefined : (titles.get(imageId) ?? shortDigest(imageId)));
}

export const imageColumns: readonly Column<NodeImage>[] = [
  { title: 'image', value: namesText, shrink: true },
  { title: 'id', value: (image) => shortDigest(image.imageId) },
  {
    title: 'platform',
    value: ({ os, architecture, variant }) => [os, architecture, variant].filter(Boolean).join('/'),
  },
  { title: 'layers', value: (image) => image.diffIds.length, align: 'right' },
  { title: 'size', value: (image) => bytesText(image.sizeBytes), align: 'right' },
  { title: 'held by', value: holdersText },
  { title: 'containers', value: (image) => image.containers, align: 'right' },
  { title: 'running', value: (image) => image.running, align: 'right' },
];

export function containerColumns(title: ImageTitle, now: number): Column<Container>[] {
  return [
    { title: 'container', value: (one) => one.name || shortDigest(one.id), shrink: true },
    { title: 'id', value: (one) => shortDigest(one.id) },
    { title: 'image', value: (one) => title(one.imageId) ?? one.imageName, shrink: true },
    { title: 'state', value: (one) => one.state },
    { title: 'pid', value: (one) => one.pid, align: 'right' },
    { title: 'pod', value: (one) => one.pod && `${one.pod.namespace}/${one.pod.name}` },
    { title: 'engine', value: (one) => engineText(one.engine, one.namespace) },
    { title: 'age', value: (one) => ageText(one.createdAt, now) },
  ];
}

export function processColumns(title: ImageTitle): Column<Process>[] {
  return [
    { title: 'pid', value: (one) => one.pid, align: 'right' },
    { title: 'command', value: (one) => one.command },
    { title: 'user', value: (one) => one.user },
    {
      title: 'where',
      value: (one) =>
        one.attribution === 'container' ? shortDigest(one.containerId ?? '') : one.attribution,
    },
    { title: 'image', value: (one) => title(one.imageId), shrink: true },
    { title: 'executable', value: (one) => one.executable || undefined, shrink: true },
  ];
}

export function packageColumns(title: ImageTitle): Column<NodePackage>[] {
  return [
    {
      title: 'package',
      shrink: true,
      value: (one) => (one.namespace === undefined ? one.name : `${one.namespace}/${one.name}`),
    },
    { title: 'version', value: (one) => one.version || undefined },
    { title: 'type', value: (one) => [one.type, ...(one.flags ?? [])].join(', ') },
    { title: 'in', value: (one) => one.imageIds.map(title).join(', '), shrink: true },
  ];
}

function titleOf({ names, imageId }: Image): string {
  return names[0] === undefined ? shortDigest(imageId) : familiarName(names[0].name);
}

/** Without the names by digest, which say nothing that the others do not. */
function namesText({ names }: Image): string {
  const unique = [...new Set(names.map(({ name }) => familiarName(name)))];
  const tags = unique.filter((name) => !name.includes('@') && !name.startsWith('sha256:'));
  return (tags.length > 0 ? tags : unique).join(', ') || '<no name>';
}

function holdersText({ names }: Image): string {
  return [...new Set(names.map(({ engine, namespace }) => engineText(engine, namespace)))].join(', ') || '-';
}

function engineText(engine: string, namespace: string): string {
  return namespace === '' ? engine : `${engine}/${namespace}`;
}
