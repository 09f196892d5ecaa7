import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  status,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { containerd, google, runtime } from '../../proto/generated/containerd.js';

const { version, namespaces, images, containers, tasks, content, snapshots, leases, introspection } =
  containerd.services;

/** What a namespace of the fake holds. */
export interface FakeNamespace {
  readonly images?: readonly containerd.services.images.v1.Image.$Properties[];
  readonly containers?: readonly containerd.services.containers.v1.Container.$Properties[];
  readonly tasks?: readonly containerd.services.tasks.v1.Process.$Properties[];
  /** Parents by key. */
  readonly snapshots?: Readonly<Record<string, string>>;
}

export interface FakeCri {
  readonly sandboxes?: readonly runtime.v1.PodSandbox.$Properties[];
  readonly containers?: readonly runtime.v1.Container.$Properties[];
  readonly images?: readonly runtime.v1.Image.$Properties[];
  /** JSON. */
  readonly configuration?: string;
  /** Images mounted as volumes, by container ID. */
  readonly volumes?: Readonly<Record<string, readonly string[]>>;
}

export interface FakeContainerdOptions {
  readonly namespaces: Readonly<Record<string, FakeNamespace>>;
  /** By digest, whether or not it is theirs. */
  readonly blobs?: ReadonlyMap<string, Uint8Array>;
  /** Absent: there is no CRI plugin. */
  readonly cri?: FakeCri;
  /** A gRPC status code to fail with. `method` as in `Images/List`. */
  readonly fails?: (method: string, namespace: string) => number | undefined;
}

/** A server that speaks enough of containerd's API for a view: for what a real daemon cannot be brought to do. */
export interface FakeContainerd {
  readonly address: string;
  stop(): Promise<void>;
}

interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

export async function fakeContainerd(options: FakeContainerdOptions): Promise<FakeContainerd> {
  const folder = await mkdtemp('/tmp/tallyman-fake-');
  const address = join(folder, 'containerd.sock');
  const server = new Server();
  const held = (namespace: string) => options.namespaces[namespace] ?? {};
  const add = <Request, Response>(
    path: string,
    request: Codec<Request>,
    response: Codec<Response>,
    answer: (request: Request, namespace: string) => Iterable<Response>,
    responseStream = false,
  ) => addMethod(server, { path, request, response, answer, responseStream, fails: options.fails });

  const { Empty } = google.protobuf;
  add('/containerd.services.version.v1.Version/Version', Empty, version.v1.VersionResponse, () => [
    version.v1.VersionResponse.create({ version: 'v2.1.0' }),
  ]);
  add(
    '/containerd.services.namespaces.v1.Namespaces/List',
    namespaces.v1.ListNamespacesRequest,
    namespaces.v1.ListNamespacesResponse,
    () => {
      const names = Object.keys(options.namespaces).map((name) => ({ name }));
      return [namespaces.v1.ListNamespacesResponse.create({ namespaces: names })];
    },
  );
  add(
    '/containerd.services.images.v1.Images/List',
    images.v1.ListImagesRequest,
    images.v1.ListImagesResponse,
    (_, namespace) => [images.v1.ListImagesResponse.create({ images: [...(held(namespace).images ?? [])] })],
  );
  add(
    '/containerd.services.containers.v1.Containers/ListStream',
    containers.v1.ListContainersRequest,
    containers.v1.ListContainerMessage,
    (_, namespace) =>
      (held(namespace).containers ?? []).map((container) =>
        containers.v1.ListContainerMessage.create({ container }),
      ),
    true,
  );
  add(
    '/containerd.services.tasks.v1.Tasks/List',
    tasks.v1.ListTasksRequest,
    tasks.v1.ListTasksResponse,
    (_, namespace) => [tasks.v1.ListTasksResponse.create({ tasks: [...(held(namespace).tasks ?? [])] })],
  );
  add('/containerd.services.leases.v1.Leases/List', leases.v1.ListRequest, leases.v1.ListResponse, () => [
    leases.v1.ListResponse.create({}),
  ]);
  add(
    '/containerd.services.snapshots.v1.Snapshots/Stat',
    snapshots.v1.StatSnapshotRequest,
    snapshots.v1.StatSnapshotResponse,
    ({ key }, namespace) => {
      const parent = held(namespace).snapshots?.[key ?? ''];
      return parent === undefined ? [] : [snapshots.v1.StatSnapshotResponse.create({ info: { parent } })];
    },
  );
  add(
    '/containerd.services.content.v1.Content/Read',
    content.v1.ReadContentRequest,
    content.v1.ReadContentResponse,
    ({ digest }) => {
      const data = options.blobs?.get(digest ?? '');
      return data === undefined ? [] : [content.v1.ReadContentResponse.create({ data })];
    },
    true,
  );
  addThings(add, held);
  if (options.cri) addCri(add, options.cri);

  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${address}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  return {
    address,
    async stop() {
      server.forceShutdown();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Add = <Request, Response>(
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
  answer: (request: Request, namespace: string) => Iterable<Response>,
  responseStream?: boolean,
) => void;

/** What a cleanup asks for besides: no blob has a label. */
function addThings(add: Add, held: (namespace: string) => FakeNamespace): void {
  add(
    '/containerd.services.introspection.v1.Introspection/Plugins',
    introspection.v1.PluginsRequest,
    introspection.v1.PluginsResponse,
    () => [
      introspection.v1.PluginsResponse.create({
        plugins: [{ id: 'overlayfs' }, { id: 'zfs', initErr: { code: 1 } }],
      }),
    ],
  );
  add(
    '/containerd.services.content.v1.Content/List',
    content.v1.ListContentRequest,
    content.v1.ListContentResponse,
    () => [content.v1.ListContentResponse.create({})],
    true,
  );
  add(
    '/containerd.services.content.v1.Content/ListStatuses',
    content.v1.ListStatusesRequest,
    content.v1.ListStatusesResponse,
    () => [content.v1.ListStatusesResponse.create({})],
  );
  add(
    '/containerd.services.snapshots.v1.Snapshots/List',
    snapshots.v1.ListSnapshotsRequest,
    snapshots.v1.ListSnapshotsResponse,
    ({ snapshotter }, namespace) => {
      const all = snapshotter === 'overlayfs' ? Object.entries(held(namespace).snapshots ?? {}) : [];
      const info = all.map(([name, parent]) => ({ name, parent }));
      return [snapshots.v1.ListSnapshotsResponse.create({ info })];
    },
    true,
  );
}

function addCri(add: Add, cri: FakeCri): void {
  const { v1 } = runtime;
  add(
    '/runtime.v1.RuntimeService/ListPodSandbox',
    v1.ListPodSandboxRequest,
    v1.ListPodSandboxResponse,
    () => [v1.ListPodSandboxResponse.create({ items: [...(cri.sandboxes ?? [])] })],
  );
  add(
    '/runtime.v1.RuntimeService/ListContainers',
    v1.ListContainersRequest,
    v1.ListContainersResponse,
    () => [v1.ListContainersResponse.create({ containers: [...(cri.containers ?? [])] })],
  );
  add('/runtime.v1.RuntimeService/Status', v1.StatusRequest, v1.StatusResponse, ({ verbose }) => [
    v1.StatusResponse.create({ info: verbose ? { config: cri.configuration ?? '{}' } : {} }),
  ]);
  add(
    '/runtime.v1.RuntimeService/ContainerStatus',
    v1.ContainerStatusRequest,
    v1.ContainerStatusResponse,
    ({ containerId }) => {
      const images = cri.volumes?.[containerId ?? ''] ?? [];
      const mounts = images.map((image) => ({ image: { image } }));
      return [v1.ContainerStatusResponse.create({ status: { mounts } })];
    },
  );
  add('/runtime.v1.ImageService/ListImages', v1.ListImagesRequest, v1.ListImagesResponse, () => [
    v1.ListImagesResponse.create({ images: [...(cri.images ?? [])] }),
  ]);
}

interface FakeMethod<Request, Response> {
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
  /** Nothing at all means that what was asked for is not there. */
  readonly answer: (request: Request, namespace: string) => Iterable<Response>;
  readonly responseStream: boolean;
  readonly fails: FakeContainerdOptions['fails'];
}

function addMethod<Request, Response>(server: Server, method: FakeMethod<Request, Response>): void {
  const { path, request, response, responseStream } = method;
  const name = path.slice(path.lastIndexOf('.') + 1);
  const service = {
    method: {
      path,
      requestStream: false,
      responseStream,
      requestSerialize: (message: Request) => Buffer.from(request.encode(message).finish()),
      requestDeserialize: (bytes: Buffer) => request.decode(bytes),
      responseSerialize: (message: Response) => Buffer.from(response.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => response.decode(bytes),
    },
  };
  type Call = ServerUnaryCall<Request, Response> | ServerWritableStream<Request, Response>;
  const answers = (call: Call) => {
    const namespace = String(call.metadata.get('containerd-namespace')[0] ?? '');
    const code = method.fails?.(name, namespace);
    const failure = (which: number) => Object.assign(new Error(name), { code: which, details: name });
    if (code !== undefined) return failure(code);
    const all = [...method.answer(call.request, namespace)];
    return all.length === 0 && !name.startsWith('Containers/') ? failure(status.NOT_FOUND) : all;
  };
  server.addService(service, {
    method: responseStream
      ? (call: ServerWritableStream<Request, Response>) => {
          const all = answers(call);
          if (all instanceof Error) return void call.emit('error', all);
          for (const message of all) call.write(message);
          call.end();
        }
      : (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
          const all = answers(call);
          if (all instanceof Error) callback(all);
          else callback(null, all[0]);
        },
  });
}
