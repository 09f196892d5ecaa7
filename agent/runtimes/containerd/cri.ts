import type { ContainerState, Pod } from '../../../core/inventory.ts';
import { runtime } from '../../../proto/generated/containerd.js';
import type { Connection } from './connection.ts';
import { hasCode } from './errors.ts';
import { listCriContainers, listCriImages, listPodSandboxes } from './methods.ts';

/** The one namespace that containerd's CRI plugin knows. Source: containerd, package constants. */
export const CRI_NAMESPACE = 'k8s.io';

export interface CriContainer {
  readonly name: string;
  readonly state: ContainerState;
  /** Config digest of the image it was made from. */
  readonly imageId: string;
  /** All that it calls its image: what it was asked for with, what that was, and its ID. */
  readonly imageReferences: readonly string[];
  readonly pod?: Pod;
}

export interface CriSandbox {
  readonly state: ContainerState;
  readonly pod: Pod;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** What kubelet sees. Empty where there is no CRI plugin. */
export interface CriView {
  readonly containers: ReadonlyMap<string, CriContainer>;
  readonly sandboxes: ReadonlyMap<string, CriSandbox>;
  /** Config digests. */
  readonly pinnedImages: ReadonlySet<string>;
}

export const NO_CRI: CriView = { containers: new Map(), sandboxes: new Map(), pinnedImages: new Set() };

const { ContainerState: CriState, PodSandboxState } = runtime.v1;

export async function readCri(connection: Connection, signal: AbortSignal): Promise<CriView> {
  try {
    const [sandboxes, containers, images] = await Promise.all([
      connection.call(listPodSandboxes, {}, { signal }),
      connection.call(listCriContainers, {}, { signal }),
      connection.call(listCriImages, {}, { signal }),
    ]);
    const sandboxOf = new Map((sandboxes.items ?? []).map((item) => [item.id ?? '', sandbox(item)]));
    const pinned = (images.images ?? []).filter((image) => image.pinned === true);
    return {
      sandboxes: sandboxOf,
      containers: new Map(
        (containers.containers ?? []).map((item) => [
          item.id ?? '',
          container(item, sandboxOf.get(item.podSandboxId ?? '')),
        ]),
      ),
      pinnedImages: new Set(pinned.map((image) => image.id ?? '')),
    };
  } catch (error) {
    if (hasCode(error, 'unsupported')) return NO_CRI;
    throw error;
  }
}

function sandbox(item: runtime.v1.PodSandbox.$Properties): CriSandbox {
  const ready = (item.state ?? PodSandboxState.SANDBOX_READY) === PodSandboxState.SANDBOX_READY;
  return {
    state: ready ? 'running' : 'exited',
    pod: {
      name: item.metadata?.name ?? '',
      namespace: item.metadata?.namespace ?? '',
      uid: item.metadata?.uid ?? '',
    },
    createdAt: Math.floor((item.createdAt ?? 0) / 1_000_000),
  };
}

function container(item: runtime.v1.Container.$Properties, holder: CriSandbox | undefined): CriContainer {
  return {
    name: item.metadata?.name ?? '',
    state: stateOf(item.state ?? CriState.CONTAINER_CREATED),
    imageId: item.imageRef ?? '',
    imageReferences: [item.image?.image, item.imageRef, item.imageId].filter(isGiven),
    ...(holder && { pod: holder.pod }),
  };
}

function isGiven(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== '';
}

function stateOf(state: number): ContainerState {
  switch (state) {
    case CriState.CONTAINER_CREATED:
      return 'created';
    case CriState.CONTAINER_RUNNING:
      return 'running';
    case CriState.CONTAINER_EXITED:
      return 'exited';
    default:
      return 'unknown';
  }
}
