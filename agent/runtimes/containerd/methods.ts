import { containerd, google, runtime } from '../../../proto/generated/containerd.js';

/** One remote procedure: its path, and how its messages are written and read. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Buffer) => Response;
}

interface Encoder<Message> {
  encode(message: Message): { finish(): Uint8Array };
}

interface Decoder<Message> {
  decode(bytes: Uint8Array): Message;
}

const { version, namespaces, images, containers, tasks, content, snapshots, leases, events, introspection } =
  containerd.services;
const { Empty } = google.protobuf;

export const getVersion = method(
  '/containerd.services.version.v1.Version/Version',
  Empty,
  version.v1.VersionResponse,
);
export const listNamespaces = method(
  '/containerd.services.namespaces.v1.Namespaces/List',
  namespaces.v1.ListNamespacesRequest,
  namespaces.v1.ListNamespacesResponse,
);
export const listImages = method(
  '/containerd.services.images.v1.Images/List',
  images.v1.ListImagesRequest,
  images.v1.ListImagesResponse,
);
export const getImage = method(
  '/containerd.services.images.v1.Images/Get',
  images.v1.GetImageRequest,
  images.v1.GetImageResponse,
);
/** Answers a stream. */
export const listContainers = method(
  '/containerd.services.containers.v1.Containers/ListStream',
  containers.v1.ListContainersRequest,
  containers.v1.ListContainerMessage,
);
export const listTasks = method(
  '/containerd.services.tasks.v1.Tasks/List',
  tasks.v1.ListTasksRequest,
  tasks.v1.ListTasksResponse,
);
export const contentInfo = method(
  '/containerd.services.content.v1.Content/Info',
  content.v1.InfoRequest,
  content.v1.InfoResponse,
);
/** Answers a stream. */
export const readContent = method(
  '/containerd.services.content.v1.Content/Read',
  content.v1.ReadContentRequest,
  content.v1.ReadContentResponse,
);
/** Answers a stream. */
export const listContent = method(
  '/containerd.services.content.v1.Content/List',
  content.v1.ListContentRequest,
  content.v1.ListContentResponse,
);
export const listIngests = method(
  '/containerd.services.content.v1.Content/ListStatuses',
  content.v1.ListStatusesRequest,
  content.v1.ListStatusesResponse,
);
/** Answers a stream. */
export const listSnapshots = method(
  '/containerd.services.snapshots.v1.Snapshots/List',
  snapshots.v1.ListSnapshotsRequest,
  snapshots.v1.ListSnapshotsResponse,
);
export const snapshotUsage = method(
  '/containerd.services.snapshots.v1.Snapshots/Usage',
  snapshots.v1.UsageRequest,
  snapshots.v1.UsageResponse,
);
export const statSnapshot = method(
  '/containerd.services.snapshots.v1.Snapshots/Stat',
  snapshots.v1.StatSnapshotRequest,
  snapshots.v1.StatSnapshotResponse,
);
export const viewSnapshot = method(
  '/containerd.services.snapshots.v1.Snapshots/View',
  snapshots.v1.ViewSnapshotRequest,
  snapshots.v1.ViewSnapshotResponse,
);
export const removeSnapshot = method(
  '/containerd.services.snapshots.v1.Snapshots/Remove',
  snapshots.v1.RemoveSnapshotRequest,
  Empty,
);
export const createLease = method(
  '/containerd.services.leases.v1.Leases/Create',
  leases.v1.CreateRequest,
  leases.v1.CreateResponse,
);
export const deleteLease = method(
  '/containerd.services.leases.v1.Leases/Delete',
  leases.v1.DeleteRequest,
  Empty,
);
export const listLeases = method(
  '/containerd.services.leases.v1.Leases/List',
  leases.v1.ListRequest,
  leases.v1.ListResponse,
);
export const addLeaseResource = method(
  '/containerd.services.leases.v1.Leases/AddResource',
  leases.v1.AddResourceRequest,
  Empty,
);
export const listLeaseResources = method(
  '/containerd.services.leases.v1.Leases/ListResources',
  leases.v1.ListResourcesRequest,
  leases.v1.ListResourcesResponse,
);
/** Answers a stream. */
export const subscribe = method(
  '/containerd.services.events.v1.Events/Subscribe',
  events.v1.SubscribeRequest,
  events.v1.Envelope,
);
export const listPlugins = method(
  '/containerd.services.introspection.v1.Introspection/Plugins',
  introspection.v1.PluginsRequest,
  introspection.v1.PluginsResponse,
);
export const criStatus = method(
  '/runtime.v1.RuntimeService/Status',
  runtime.v1.StatusRequest,
  runtime.v1.StatusResponse,
);
export const criContainerStatus = method(
  '/runtime.v1.RuntimeService/ContainerStatus',
  runtime.v1.ContainerStatusRequest,
  runtime.v1.ContainerStatusResponse,
);
export const listPodSandboxes = method(
  '/runtime.v1.RuntimeService/ListPodSandbox',
  runtime.v1.ListPodSandboxRequest,
  runtime.v1.ListPodSandboxResponse,
);
export const listCriContainers = method(
  '/runtime.v1.RuntimeService/ListContainers',
  runtime.v1.ListContainersRequest,
  runtime.v1.ListContainersResponse,
);
export const listCriImages = method(
  '/runtime.v1.ImageService/ListImages',
  runtime.v1.ListImagesRequest,
  runtime.v1.ListImagesResponse,
);

/** Ties a procedure's path to its messages. */
export function method<Request, Response>(
  path: string,
  request: Encoder<Request>,
  response: Decoder<Response>,
): Method<Request, Response> {
  return {
    path,
    encode(message) {
      const { buffer, byteOffset, byteLength } = request.encode(message).finish();
      return Buffer.from(buffer, byteOffset, byteLength);
    },
    decode: (bytes) => response.decode(bytes),
  };
}
