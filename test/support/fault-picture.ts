import type { ApiClient } from '../../cli/api-client.ts';
import type { FaultNode, NodeContents } from './fault-node.ts';

interface Reported {
  readonly [field: string]: unknown;
}

interface ReportedImage extends Reported {
  readonly names: readonly { readonly name: string }[];
  /** How many; absent until the image's layers are known. */
  readonly packages?: number;
}

interface ReportedContainer extends Reported {
  readonly id: string;
}

interface ReportedProcess extends Reported {
  readonly pid: number;
  readonly executable: string;
}

/** What a collector has of a node: all that is the same for whoever reads it. */
export interface NodePicture {
  readonly host: unknown;
  readonly condition: unknown;
  readonly images: readonly Reported[];
  readonly packages: readonly string[];
  readonly containers: readonly Reported[];
  /** Those of the test's own: the machine's come and go as they like. */
  readonly processes: readonly Reported[];
}

/** `name`: the one under which an agent reports this node. */
export async function pictureOf(api: ApiClient, node: FaultNode, name: string): Promise<NodePicture> {
  const { host, condition } = await api.get<Reported>(`nodes/${name}`);
  const images = await api.all<ReportedImage>(`nodes/${name}/images`);
  const packages = await api.all<{ readonly purl: string }>(`nodes/${name}/packages`);
  const containers = await api.all<ReportedContainer>(`nodes/${name}/containers`);
  return {
    host,
    condition,
    // Ages are of the agent's own memory.
    images: images.map((image) => ({
      ...without(image, 'firstSeen', 'lastUsed'),
      names: image.names.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    })),
    packages: packages.map(({ purl }) => purl),
    // In no order that is promised: that of their coming.
    containers: containers
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .map((container) => without(container, 'node')),
    processes: (await processesOf(api, node, name))
      .toSorted((one, other) => one.pid - other.pid)
      .map((process) => without(process, 'node')),
  };
}

/** The contents of a node as a collector knows them; undefined while it does not know the packages of each image. */
export async function reportedContents(
  api: ApiClient,
  node: FaultNode,
  name: string,
): Promise<NodeContents | undefined> {
  const images = await api.all<ReportedImage>(`nodes/${name}/images`);
  if (images.some(({ packages }) => packages === undefined)) return undefined;
  const containers = await api.all<ReportedContainer>(`nodes/${name}/containers`);
  const processes = await processesOf(api, node, name);
  return {
    names: images.flatMap((image) => image.names.map((one) => one.name)).toSorted(),
    containers: containers.map(({ id }) => id).toSorted(),
    processes: processes.map(({ pid }) => pid).toSorted((a, b) => a - b),
  };
}

async function processesOf(api: ApiClient, node: FaultNode, name: string): Promise<ReportedProcess[]> {
  const all = await api.all<ReportedProcess>(`nodes/${name}/processes`);
  return all.filter(({ executable }) => executable === node.executable);
}

function without(one: Reported, ...fields: readonly string[]): Reported {
  return Object.fromEntries(Object.entries(one).filter(([field]) => !fields.includes(field)));
}
