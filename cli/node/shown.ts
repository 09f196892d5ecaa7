import { chooseImage } from '../engines/choose-image.ts';
import { formatTable, type TableOptions } from '../output/table.ts';
import { countsText, countText } from '../output/text.ts';
import { containersAnswer, imagesAnswer, packagesAnswer, processesAnswer } from './answers.ts';
import type { NodeLook } from './look.ts';
import { readPackages } from './packages.ts';
import { withScanState } from './scan-state.ts';
import { containerColumns, imageColumns, imageTitles, packageColumns, processColumns } from './tables.ts';

/** What a look at the node came to. */
export interface Shown {
  /** For programs. */
  readonly answer: object;
  /** For people; ends with a newline. */
  readonly text: (options: TableOptions) => string;
  /** Sentences on what could not be seen. */
  readonly notes: readonly string[];
  /** False when something that was asked for is missing. */
  readonly isWhole: boolean;
}

export interface PackageOptions {
  /** Only of this image, by any name, ID or digest. */
  readonly image?: string | undefined;
  /** Where to remember what was read. */
  readonly stateDir?: string | undefined;
  /** Called before each image. */
  readonly onImage: (done: number, total: number) => void;
}

export function showImages(look: NodeLook): Shown {
  const answer = imagesAnswer(look);
  return shown(answer, engineNotes(look), (options) => formatTable(answer.images, imageColumns, options));
}

/** `now`: ms since the epoch. */
export function showContainers(look: NodeLook, now: number): Shown {
  const answer = containersAnswer(look);
  const columns = containerColumns(imageTitles(look.images), now);
  return shown(answer, engineNotes(look), (options) => formatTable(answer.containers, columns, options));
}

export function showProcesses(look: NodeLook): Shown {
  const answer = processesAnswer(look);
  const columns = processColumns(imageTitles(look.images));
  return shown(answer, look.host.limitations, (options) => formatTable(answer.processes, columns, options));
}

/** Throws a Failure when no image is the one asked for. */
export async function showPackages(
  look: NodeLook,
  { image, stateDir, onImage }: PackageOptions,
  signal: AbortSignal,
): Promise<Shown> {
  const images = image === undefined ? look.images : [chooseImage(image, look.images, 'this node')];
  const read = await withScanState(stateDir, (state) => readPackages(look, images, state, onImage, signal));
  const answer = packagesAnswer(look, read);
  const columns = packageColumns(imageTitles(look.images));
  const unread = answer.images.filter(({ problem }) => problem !== undefined);
  const blind = answer.images.filter(({ opaqueBlind }) => opaqueBlind);
  const types = countsText(answer.packages.map(({ type }) => type));
  const counts = `${countText(answer.packages.length, 'package')} in ${countText(read.length - unread.length, 'image')}`;
  const heading = types === '' ? counts : `${counts}: ${types}`;
  return {
    answer,
    text: (options) => `${heading}\n\n${formatTable(answer.packages, columns, options)}`,
    notes: [
      ...engineNotes(look),
      ...unread.map(({ names, imageId, problem }) => `${names[0] ?? imageId} could not be read: ${problem}`),
      ...blind.map(
        ({ names, imageId }) =>
          `${names[0] ?? imageId}: opaque directories could not be seen (that needs CAP_SYS_ADMIN), so deleted packages may be listed`,
      ),
    ],
    isWhole: unread.length === 0,
  };
}

function shown(answer: object, notes: readonly string[], text: Shown['text']): Shown {
  return { answer, text, notes, isWhole: true };
}

function engineNotes({ host, processLimitations }: NodeLook): string[] {
  return host.limitations.filter((sentence) => !processLimitations.includes(sentence));
}
