import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';
import { Failure } from '../failure.ts';
import type { NodeAnswer, NodeContainer, NodeImage, NodePackage, NodePicture, NodeProcess } from './views.ts';

const POLL_MS = 1000;

/** All that the collector holds of a node; undefined until the node has reported. */
async function readPicture(api: ApiClient, name: string): Promise<NodePicture | undefined> {
  const path = `nodes/${encodeURIComponent(name)}`;
  const node = await api.get<NodeAnswer>(path).catch((error: unknown) => {
    if (error instanceof Failure && error.exitCode === 3) return undefined;
    throw error;
  });
  if (node?.host === undefined) return undefined;
  const [images, containers, processes, packages] = await Promise.all([
    api.all<NodeImage>(`${path}/images`),
    api.all<NodeContainer>(`${path}/containers`),
    api.all<NodeProcess>(`${path}/processes`),
    api.all<NodePackage>(`${path}/packages`),
  ]);
  return { node, images, containers, processes, packages };
}

/** How many images have been read, or are known to be unreadable. */
export function imagesRead(picture: NodePicture): number {
  return picture.images.filter((image) => image.packages !== undefined || image.problem !== undefined).length;
}

/** Calls `show` with each picture that differs from the one before in what a person would notice, until `signal` fires. */
export async function followNode(
  api: ApiClient,
  name: string,
  signal: AbortSignal,
  show: (picture: NodePicture) => void,
): Promise<void> {
  let before = '';
  while (!signal.aborted) {
    const picture = await readPicture(api, name);
    if (signal.aborted) return;
    if (picture !== undefined) {
      const digest = essence(picture);
      if (digest !== before) show(picture);
      before = digest;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Processes of the node itself come and go all the time; those in containers count. */
function essence(picture: NodePicture): string {
  return JSON.stringify([
    picture.node.status,
    picture.node.host?.engines,
    picture.images.map((image) => [
      image.imageId,
      image.names.length,
      image.packages,
      image.problem,
      image.containers,
      image.running,
    ]),
    picture.containers.map((one) => [one.id, one.state]),
    picture.processes.filter((one) => one.attribution === 'container').map((one) => one.pid),
    picture.packages.length,
  ]);
}
