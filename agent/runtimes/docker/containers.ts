import type { Container, ContainerState } from '../../../core/inventory.ts';
import type { ContainerDetails, ContainerSummary } from './api-types.ts';

/** What a container keeps for its whole life, so that it is asked for once. */
export interface ContainerContent {
  readonly imageName: string;
  readonly privileged: boolean;
  /** Mounted images, as the container's maker named them. */
  readonly imageMounts: readonly string[];
}

export function containerContent(details: ContainerDetails): ContainerContent {
  return {
    imageName: details.Config?.Image ?? '',
    privileged: details.HostConfig?.Privileged ?? false,
    imageMounts: (details.HostConfig?.Mounts ?? [])
      .filter(({ Type }) => Type === 'image')
      .map(({ Source }) => Source),
  };
}

/** Whether a container in this state has processes, so that its pid must be asked for. */
export function hasProcess(state: ContainerState): boolean {
  return state === 'running' || state === 'paused';
}

/** The engine's word for a state. Source: the Engine API's `ContainerState.Status`. */
export function containerState(status: string): ContainerState {
  switch (status) {
    case 'created':
    case 'running':
    case 'paused':
    case 'exited':
      return status;
    // Between two runs, half removed, or failed to be removed: its process has ended.
    case 'restarting':
    case 'removing':
    case 'dead':
      return 'exited';
    default:
      return 'unknown';
  }
}

/** `pid` is that of the moment; leave it out for a container that has no process. */
export function toContainer(
  summary: ContainerSummary,
  state: ContainerState,
  content: ContainerContent | undefined,
  pid?: number,
): Container {
  const labels = summary.Labels;
  // Set by cri-dockerd (and, before Kubernetes 1.24, by the kubelet) on every container it makes.
  const pod = labels['io.kubernetes.pod.uid'];
  return {
    engine: 'docker',
    namespace: '',
    id: summary.Id,
    name: (summary.Names[0] ?? '').replace(/^\//, ''),
    kind: labels['io.kubernetes.docker.type'] === 'podsandbox' ? 'sandbox' : 'container',
    state,
    ...(summary.ImageID !== '' && { imageId: summary.ImageID }),
    imageName: content?.imageName || summary.Image,
    createdAt: summary.Created * 1000,
    ...(pid !== undefined && pid > 0 && { pid }),
    ...(pod !== undefined && {
      pod: {
        name: labels['io.kubernetes.pod.name'] ?? '',
        namespace: labels['io.kubernetes.pod.namespace'] ?? '',
        uid: pod,
      },
    }),
    ...(content !== undefined && { privileged: content.privileged }),
  };
}
