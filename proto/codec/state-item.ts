import {
  isWholeKey,
  stateKey,
  type Container,
  type Engine,
  type Host,
  type ImageName,
  type Process,
  type ReportedImage,
  type StateItem,
} from '../../core/inventory.ts';
import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { integer, optionalInteger, optionalText, present, quoted, setInteger, text, word } from './fields.ts';
import { textWriter } from './text-writer.ts';
import { WireError } from './wire-error.ts';

const wire = tallyman.v1;

/** Far more than any item has; a hostile one stops here. */
const MAX_FIELDS = 20_000;
const ENGINES = ['containerd', 'docker'] as const;

/** A state item as the session carries it: its key, and its payload by the key's kind. */
export interface EncodedStateItem {
  readonly key: string;
  readonly payload: Uint8Array;
}

/** Equal values give equal bytes, whatever order their labels are in. */
export function encodeStateItem(item: StateItem): EncodedStateItem {
  return { key: stateKey(item), payload: encodeValue(item) };
}

/** Throws a WireError: not the message, unknown words, or a payload that is not the key's. */
export function decodeStateItem(key: string, payload: Uint8Array): StateItem {
  const item = decodeValue(key, payload);
  if (stateKey(item) !== key) {
    throw new WireError('mismatch', `the payload of ${quoted(key)} is that of another item`);
  }
  if (!isWholeKey(key)) {
    throw new WireError(
      'malformed',
      `${quoted(key)} has a slash in an ID or a namespace; no engine gives such`,
    );
  }
  return item;
}

function encodeValue(item: StateItem): Uint8Array {
  switch (item.kind) {
    case 'host':
      return wire.Host.encode(hostMessage(item.value), textWriter()).finish();
    case 'image':
      return wire.Image.encode(imageMessage(item.value), textWriter()).finish();
    case 'container':
      return wire.Container.encode(item.value, textWriter()).finish();
    case 'process':
      return wire.Process.encode(item.value, textWriter()).finish();
  }
}

function decodeValue(key: string, payload: Uint8Array): StateItem {
  const kind = key.slice(0, key.indexOf('/'));
  switch (kind) {
    case 'host':
      return { kind, value: host(decodeBounded(wire.Host, payload, MAX_FIELDS)) };
    case 'image':
      return { kind, value: image(decodeBounded(wire.Image, payload, MAX_FIELDS)) };
    case 'container':
      return { kind, value: container(decodeBounded(wire.Container, payload, MAX_FIELDS)) };
    case 'process':
      return { kind, value: process(decodeBounded(wire.Process, payload, MAX_FIELDS)) };
    default:
      throw new WireError('unknown-word', `${quoted(key)} is of no kind that is known here`);
  }
}

function hostMessage(value: Host): tallyman.v1.Host.$Properties {
  return { ...value, engines: [...value.engines], limitations: [...value.limitations] };
}

function imageMessage(value: ReportedImage): tallyman.v1.Image.$Properties {
  return {
    ...value,
    names: [...value.names],
    manifestDigests: [...value.manifestDigests],
    diffIds: [...value.diffIds],
    labels: Object.fromEntries(Object.entries(value.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function host(message: tallyman.v1.Host): Host {
  return {
    hostname: message.hostname,
    os: message.os,
    kernel: message.kernel,
    architecture: message.architecture,
    bootId: message.bootId,
    agentVersion: message.agentVersion,
    engines: message.engines.map(engine),
    limitations: message.limitations,
  };
}

function engine(message: tallyman.v1.Engine.$Properties): Engine {
  return present({
    id: word(ENGINES, message.id, 'engine'),
    address: text(message.address),
    version: optionalText(message.version),
    status: word(['ok', 'degraded'], message.status, 'engine status'),
    message: optionalText(message.message),
  });
}

function image(message: tallyman.v1.Image): ReportedImage {
  return present({
    imageId: message.imageId,
    names: message.names.map(imageName),
    manifestDigests: message.manifestDigests,
    os: message.os,
    architecture: message.architecture,
    variant: optionalText(message.variant),
    diffIds: message.diffIds,
    builtAt: setInteger(message.builtAt),
    sizeBytes: integer(message.sizeBytes),
    labels: message.labels,
    pinned: message.pinned,
    composition: optionalText(message.composition),
    firstSeen: integer(message.firstSeen),
    lastUsed: optionalInteger(message.lastUsed),
    problem: optionalText(message.problem),
  });
}

function imageName(message: tallyman.v1.ImageName.$Properties): ImageName {
  return {
    engine: word(ENGINES, message.engine, 'engine'),
    namespace: text(message.namespace),
    name: text(message.name),
    target: text(message.target),
  };
}

function container(message: tallyman.v1.Container): Container {
  const { pod } = message;
  return present({
    engine: word(ENGINES, message.engine, 'engine'),
    namespace: message.namespace,
    id: message.id,
    name: message.name,
    kind: word(['container', 'sandbox'], message.kind, 'kind of container'),
    state: word(['created', 'running', 'paused', 'exited', 'unknown'], message.state, 'state of a container'),
    imageId: optionalText(message.imageId),
    imageName: message.imageName,
    createdAt: setInteger(message.createdAt),
    pid: optionalInteger(message.pid),
    snapshotter: optionalText(message.snapshotter),
    snapshotKey: optionalText(message.snapshotKey),
    pod: pod ? { name: text(pod.name), namespace: text(pod.namespace), uid: text(pod.uid) } : undefined,
    privileged: message.privileged ?? undefined,
  });
}

function process(message: tallyman.v1.Process): Process {
  return present({
    bootId: message.bootId,
    pid: message.pid,
    parentPid: message.parentPid,
    startTicks: integer(message.startTicks),
    startedAt: integer(message.startedAt),
    command: message.command,
    executable: message.executable,
    uid: message.uid,
    user: message.user,
    attribution: word(['container', 'host', 'unknown'], message.attribution, 'attribution'),
    containerId: optionalText(message.containerId),
    podUid: optionalText(message.podUid),
    imageId: optionalText(message.imageId),
  });
}
