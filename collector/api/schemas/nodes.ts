import {
  count,
  flag,
  list,
  named,
  object,
  oneOf,
  ref,
  text,
  texts,
  time,
  type JsonSchema,
  type NamedSchema,
} from './json-schema.ts';

export const nodeStatus: JsonSchema = oneOf('connected', 'disconnected');

const container = {
  node: text,
  engine: oneOf('containerd', 'docker'),
  namespace: { ...text, description: "containerd's; empty for Docker" },
  id: text,
  name: text,
  kind: { ...oneOf('container', 'sandbox'), description: "sandbox: a pod's pause container" },
  state: oneOf('created', 'running', 'paused', 'exited', 'unknown'),
  imageName: text,
};
const containerDetails = {
  imageId: text,
  createdAt: time,
  pid: count,
  snapshotter: text,
  snapshotKey: text,
  pod: object({ name: text, namespace: text, uid: text }),
  privileged: flag,
};

export const nodeSchemas: readonly NamedSchema[] = [
  named(
    'Engine',
    'A container engine and how it is doing',
    object(
      { id: oneOf('containerd', 'docker'), address: text, status: oneOf('ok', 'degraded') },
      { version: text, message: text },
    ),
  ),
  named(
    'Host',
    'What the node says of itself; limitations are what its agent cannot see, in sentences',
    object({
      hostname: text,
      os: text,
      kernel: text,
      architecture: text,
      bootId: text,
      agentVersion: text,
      engines: list(ref('Engine')),
      limitations: texts,
    }),
  ),
  named(
    'Node',
    'A node of the fleet; host is absent until it has sent its state',
    object(
      {
        node: text,
        status: nodeStatus,
        condition: oneOf('ok', 'degraded'),
        agentVersion: text,
        firstSeen: time,
        connectedAt: time,
        lastSeen: time,
        counts: object({ images: count, containers: count, running: count, processes: count }),
      },
      {
        certificateUntil: { ...time, description: 'Until when the certificate of its last session is valid' },
        duplicates: {
          ...object({ refused: count, lastAt: time, lastMessage: text }),
          description: 'Other agents that claimed its name and were refused',
        },
        host: ref('Host'),
      },
    ),
  ),
  named('Container', 'A container of any state', object(container, containerDetails)),
  named(
    'WhereContainer',
    'A container of an image that holds what was asked for',
    object({ ...container, matches: list(ref('Match')) }, containerDetails),
  ),
  named(
    'WhereNode',
    'A node with images that hold what was asked for, and how many containers of them run there',
    object({ node: text, status: nodeStatus, images: count, running: count }),
  ),
  named(
    'Process',
    'A process; never its arguments or environment',
    object(
      {
        node: text,
        bootId: text,
        pid: count,
        parentPid: count,
        startTicks: { ...count, description: 'Clock ticks from boot to its start' },
        startedAt: time,
        command: text,
        executable: text,
        uid: count,
        user: text,
        attribution: {
          ...oneOf('container', 'host', 'unknown'),
          description: 'host: certainly in no container',
        },
      },
      { containerId: text, podUid: text, imageId: text },
    ),
  ),
];
