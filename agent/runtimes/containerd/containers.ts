import type { Container, Pod } from '../../../core/inventory.ts';
import { CRI_NAMESPACE, NO_CRI, type CriView } from './cri.ts';
import type { ContainerRecord, NamespaceRecords } from './namespace-records.ts';

/** Set by containerd's CRI plugin (package labels) and by kubelet. */
const KIND_LABEL = 'io.cri-containerd.kind';
const CONTAINER_NAME_LABEL = 'io.kubernetes.container.name';
const POD_NAME_LABEL = 'io.kubernetes.pod.name';
const POD_NAMESPACE_LABEL = 'io.kubernetes.pod.namespace';
const POD_UID_LABEL = 'io.kubernetes.pod.uid';
/** Set by nerdctl. */
const NERDCTL_NAME_LABEL = 'nerdctl/name';

/** The containers of a namespace. `imageIds`: config digests by container ID, of those whose image is known. */
export function containersOf(
  records: NamespaceRecords,
  view: CriView,
  imageIds: ReadonlyMap<string, string>,
): readonly Container[] {
  const cri = records.namespace === CRI_NAMESPACE ? view : NO_CRI;
  const known = records.containers.map((record) => container(record, records, cri, imageIds.get(record.id)));
  const ids = new Set(records.containers.map(({ id }) => id));
  const hidden = [...cri.sandboxes].filter(([id]) => !ids.has(id)).map(([id]) => sandboxAlone(id, cri));
  return [...known, ...hidden];
}

function container(
  record: ContainerRecord,
  { namespace, tasks }: NamespaceRecords,
  cri: CriView,
  imageId: string | undefined,
): Container {
  const { id, labels } = record;
  const task = tasks.get(id);
  const seen = cri.containers.get(id) ?? cri.sandboxes.get(id);
  const pod = podOf(labels) ?? seen?.pod;
  const sandbox = labels[KIND_LABEL] === 'sandbox' || cri.sandboxes.has(id);
  // With no task it has not run yet, or the CRI plugin has tidied up after it and says so.
  const state = task?.state ?? seen?.state ?? 'created';
  const runs = state === 'running' || state === 'paused';
  return {
    engine: 'containerd',
    namespace,
    id,
    name: nameOf(record, sandbox ? pod?.name : cri.containers.get(id)?.name),
    kind: sandbox ? 'sandbox' : 'container',
    state,
    ...(imageId !== undefined && { imageId }),
    imageName: record.image,
    ...(record.createdAt !== undefined && { createdAt: record.createdAt }),
    ...(runs && task !== undefined && task.pid > 0 && { pid: task.pid }),
    ...(record.snapshotter !== '' && { snapshotter: record.snapshotter }),
    ...(record.snapshotKey !== '' && { snapshotKey: record.snapshotKey }),
    ...(pod && { pod }),
    ...(record.privileged !== undefined && { privileged: record.privileged }),
  };
}

/** A sandbox that is no containerd container, but a virtual machine, say. */
function sandboxAlone(id: string, cri: CriView): Container {
  const sandbox = cri.sandboxes.get(id);
  return {
    engine: 'containerd',
    namespace: CRI_NAMESPACE,
    id,
    name: sandbox?.pod.name ?? id,
    kind: 'sandbox',
    state: sandbox?.state ?? 'unknown',
    imageName: '',
    ...(sandbox && { createdAt: sandbox.createdAt, pod: sandbox.pod }),
  };
}

function nameOf({ id, labels }: ContainerRecord, fromCri: string | undefined): string {
  return labels[CONTAINER_NAME_LABEL] ?? labels[NERDCTL_NAME_LABEL] ?? (fromCri || id);
}

function podOf(labels: Readonly<Record<string, string>>): Pod | undefined {
  const name = labels[POD_NAME_LABEL];
  const namespace = labels[POD_NAMESPACE_LABEL];
  const uid = labels[POD_UID_LABEL];
  if (name === undefined || namespace === undefined || uid === undefined) return undefined;
  return { name, namespace, uid };
}
