import { styleText } from 'node:util';
import { fullName } from '../../core/sbom/dependencies.ts';
import { formatTable, type Column, type TableOptions } from '../output/table.ts';
import { ageText, bytesText, shortDigest } from '../output/text.ts';
import type { NodeContainer, NodeImage, NodePackage, NodePicture, NodeProcess } from './views.ts';

const MOST_PROCESSES = 8;
const MOST_PACKAGES = 10;

/** The collector's picture of a node, as tables under headings. */
export function pictureText(picture: NodePicture, now: number, options: TableOptions): string {
  const { node, containers, processes, packages } = picture;
  const images = picture.images.toSorted((a, b) => b.running - a.running || (nameOf(a) < nameOf(b) ? -1 : 1));
  const imageName = new Map(images.map((image) => [image.imageId, nameOf(image)]));
  const contained = processes.filter((one) => one.attribution === 'container');
  const shown = [
    ...contained,
    ...processes.filter((one) => one.attribution !== 'container' && one.executable !== ''),
  ].slice(0, MOST_PROCESSES);
  const heading = (text: string): string => (options.color === true ? styleText('cyan', text) : text);
  return [
    heading(`Node ${node.node}: ${node.host?.os ?? 'unknown system'}, ${engineText(picture)}`),
    '',
    heading(`Images (${images.length})`),
    formatTable(images, imageColumns(now), options),
    heading(`Containers (${containers.length})`),
    formatTable(containers, containerColumns(imageName, now), options),
    heading(`Processes (${processes.length}, ${contained.length} in containers)`),
    formatTable(shown, processColumns(imageName), options) +
      more(processes.length - shown.length, 'processes'),
    heading(`Packages (${packages.length}: ${typeCounts(packages)})`),
    formatTable(sample(packages), packageColumns(imageName), options) +
      more(packages.length - MOST_PACKAGES, 'packages'),
  ].join('\n');
}

function imageColumns(now: number): Column<NodeImage>[] {
  return [
    { title: 'image', value: nameOf, shrink: true },
    { title: 'id', value: (image) => shortDigest(image.imageId) },
    { title: 'size', value: (image) => bytesText(image.sizeBytes), align: 'right' },
    { title: 'packages', value: (image) => image.packages ?? image.problem ?? 'reading', align: 'right' },
    { title: 'used by', value: useText },
    { title: 'here for', value: (image) => ageText(image.firstSeen, now) },
  ];
}

function containerColumns(imageName: ReadonlyMap<string, string>, now: number): Column<NodeContainer>[] {
  return [
    { title: 'container', value: (one) => one.name || shortDigest(one.id) },
    { title: 'image', value: (one) => imageName.get(one.imageId ?? '') ?? one.imageName, shrink: true },
    { title: 'state', value: (one) => one.state },
    { title: 'pid', value: (one) => one.pid, align: 'right' },
    { title: 'age', value: (one) => ageText(one.createdAt, now) },
  ];
}

function processColumns(imageName: ReadonlyMap<string, string>): Column<NodeProcess>[] {
  return [
    { title: 'pid', value: (one) => one.pid, align: 'right' },
    { title: 'command', value: (one) => one.command },
    { title: 'user', value: (one) => one.user },
    {
      title: 'where',
      value: (one) =>
        one.attribution === 'container' ? shortDigest(one.containerId ?? '') : one.attribution,
    },
    { title: 'image', value: (one) => imageName.get(one.imageId ?? ''), shrink: true },
    { title: 'executable', value: (one) => one.executable || undefined, shrink: true },
  ];
}

function packageColumns(imageName: ReadonlyMap<string, string>): Column<NodePackage>[] {
  return [
    { title: 'package', value: fullName },
    { title: 'version', value: (one) => one.version },
    { title: 'type', value: (one) => one.type },
    { title: 'in', value: (one) => holdersText(one, imageName), shrink: true },
  ];
}

/** One image by name, and how many more. */
function holdersText(one: NodePackage, imageName: ReadonlyMap<string, string>): string {
  const [first = ''] = one.imageIds;
  const rest = one.imageIds.length - 1;
  return `${imageName.get(first) ?? shortDigest(first)}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** The first few of every type, so that each kind shows. */
function sample(packages: readonly NodePackage[]): NodePackage[] {
  const types = [...new Set(packages.map((one) => one.type))];
  const each = Math.ceil(MOST_PACKAGES / Math.max(1, types.length));
  return types
    .flatMap((type) => packages.filter((one) => one.type === type).slice(0, each))
    .slice(0, MOST_PACKAGES);
}

function typeCounts(packages: readonly NodePackage[]): string {
  const counts = new Map<string, number>();
  for (const { type } of packages) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ') || 'none yet';
}

function engineText({ node }: NodePicture): string {
  const engines = (node.host?.engines ?? []).map(
    (engine) =>
      `${engine.id} ${engine.version ?? ''}${engine.status === 'ok' ? '' : ` (${engine.status}: ${engine.message ?? ''})`}`,
  );
  return engines.join(', ') || 'no engine';
}

function nameOf(image: NodeImage): string {
  return image.names[0]?.name ?? '<no name>';
}

function useText(image: NodeImage): string {
  if (image.running > 0) return `${image.running} running`;
  return image.containers > 0 ? `${image.containers} stopped` : 'nobody';
}

function more(count: number, what: string): string {
  return count > 0 ? `… and ${count} more ${what}\n` : '';
}
