import type { Composition } from '../../core/composition.ts';
import type { CatalogerFacts, PackageRecord } from '../../core/facts.ts';
import {
  stateKey,
  type Container,
  type Process,
  type ReportedImage,
  type StateItem,
} from '../../core/inventory.ts';
import { itemHash } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import { catalogerSet, compositionKey } from '../../proto/codec/content.ts';
import type { ContentRef, IncomingItem, SessionStarted } from '../../collector/ingest/ingest-store.ts';
import type { Store } from '../../collector/store/store.ts';

// A made-up fleet of any size, the same for the same shape: images of a few bases and applications that share
// layers, drawn by nodes that run containers of some of them.

export interface FleetShape {
  readonly seed: number;
  readonly nodes: number;
  readonly images: number;
  readonly imagesPerNode: number;
  readonly containersPerNode: number;
  readonly processesPerNode: number;
  /** Of a base image; an application adds a third of it. */
  readonly packages: number;
}

export interface LayerContent {
  readonly ref: ContentRef;
  readonly facts: readonly CatalogerFacts[];
}

export interface ImageContent {
  readonly ref: ContentRef;
  readonly composition: Composition;
  readonly image: ReportedImage;
}

/** Who made all facts of the fleet. */
export const FLEET_CATALOGERS = [
  { id: 'dpkg', version: 1 },
  { id: 'npm', version: 1 },
] as const;
export const CATALOGERS = catalogerSet(FLEET_CATALOGERS);
const START = 1_700_000_000_000;
const BASES = 12;

export interface Fleet {
  readonly layers: readonly LayerContent[];
  readonly images: readonly ImageContent[];
  nodeName(at: number): string;
  /** All that node holds. */
  state(at: number): StateItem[];
}

export function makeFleet(shape: FleetShape): Fleet {
  const random = randomNumbers(shape.seed);
  const bases = Array.from({ length: BASES }, (_, at) => baseLayer(at, shape.packages, random));
  const applications = Array.from({ length: shape.images }, (_, at) =>
    applicationLayer(at, shape.packages, random),
  );
  const images = applications.map((application, at) =>
    imageContent(at, bases[at % BASES] ?? application, application),
  );
  return {
    layers: [...bases, ...applications],
    images,
    nodeName: (at) => `node-${String(at).padStart(5, '0')}`,
    state: (at) => nodeState(shape, images, at),
  };
}

/** Stores all content, then all nodes' state, as sessions would. */
export async function storeFleet(store: Store, fleet: Fleet, nodes: number): Promise<void> {
  for (const { ref, facts } of fleet.layers) await store.putLayerFacts(ref, facts, START);
  for (const { ref, composition } of fleet.images) await store.putComposition(ref, composition, START);
  for (let at = 0; at < nodes; at += 1) {
    await startNode(store, fleet.nodeName(at), START);
    await store.applyState(fleet.nodeName(at), fleet.state(at).map(incoming), [], START + at);
  }
}

export function startNode(
  store: Store,
  node: string,
  at: number,
  instance = 'instance-1',
): Promise<SessionStarted> {
  return store.startSession({
    node,
    instance,
    agentVersion: '0.1.0',
    bootId: 'boot-1',
    epoch: 'epoch-1',
    at,
  });
}

export function incoming(item: StateItem): IncomingItem {
  const key = stateKey(item);
  return { key, hash: itemHash(sha256, key, Buffer.from(JSON.stringify(item.value))), item };
}

export function layerContent(name: string, facts: readonly Omit<CatalogerFacts, 'diffId'>[]): LayerContent {
  const diffId = `sha256:${hex(name)}`;
  return {
    ref: { kind: 'layer-facts', key: diffId, catalogerSet: CATALOGERS },
    facts: facts.map((one) => ({ diffId, ...one })),
  };
}

/** An image of these layers in which every package counts. */
export function imageOf(
  name: string,
  layers: readonly LayerContent[],
  composition: Partial<Composition> = {},
  image: Partial<ReportedImage> = {},
): ImageContent {
  const diffIds = layers.map((layer) => layer.ref.key);
  const key = compositionKey(diffIds, CATALOGERS);
  const visible = layers.flatMap((layer, at) =>
    layer.facts.flatMap(({ cataloger, facts }) => facts.map(({ path }) => ({ layer: at, cataloger, path }))),
  );
  return {
    ref: { kind: 'composition', key, catalogerSet: CATALOGERS },
    composition: {
      diffIds,
      visible,
      owned: [],
      introduced: [],
      deletedDatabases: [],
      opaqueBlind: false,
      ...composition,
    },
    image: {
      imageId: `sha256:${hex(`image ${name}`)}`,
      names: [
        { engine: 'containerd', namespace: 'k8s.io', name, target: `sha256:${hex(`manifest ${name}`)}` },
      ],
      manifestDigests: [`sha256:${hex(`manifest ${name}`)}`],
      os: 'linux',
      architecture: 'amd64',
      diffIds,
      builtAt: 0,
      sizeBytes: 50_000_000,
      labels: {},
      pinned: false,
      composition: key,
      firstSeen: START,
      ...image,
    },
  };
}

export function containerOf(id: string, image: ReportedImage, other: Partial<Container> = {}): Container {
  return {
    engine: 'containerd',
    namespace: 'k8s.io',
    id: hex(id),
    name: id,
    kind: 'container',
    state: 'running',
    imageId: image.imageId,
    imageName: image.names[0]?.name ?? '',
    createdAt: START,
    ...other,
  };
}

export function hex(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString('hex');
}

function baseLayer(at: number, packages: number, random: () => number): LayerContent {
  const records: PackageRecord[] = Array.from({ length: packages }, (_, index) => ({
    type: 'deb',
    name: index === 0 ? 'openssl' : `lib${index}`,
    version: `${1 + Math.floor(random() * 3)}.${at % 4}.${Math.floor(random() * 5)}-1+deb12u${at % 3}`,
    architecture: 'amd64',
    licenses: ['GPL-2.0-or-later'],
  }));
  return layerContent(`base ${at}`, [
    {
      cataloger: 'dpkg',
      version: 1,
      facts: [{ path: 'var/lib/dpkg/status', status: 'found', packages: records }],
    },
  ]);
}

function applicationLayer(at: number, packages: number, random: () => number): LayerContent {
  const count = Math.floor(packages / 3);
  const facts = Array.from({ length: count }, (_, index) => {
    const name = index === 0 ? 'lodash' : `module-${Math.floor(random() * 2000)}-${index}`;
    const version = `${Math.floor(random() * 4)}.${Math.floor(random() * 10)}.${Math.floor(random() * 10)}`;
    const record: PackageRecord = { type: 'npm', name, version, licenses: ['MIT'] };
    return { path: `app/node_modules/${name}/package.json`, status: 'found' as const, packages: [record] };
  });
  return layerContent(`application ${at}`, [{ cataloger: 'npm', version: 1, facts }]);
}

function imageContent(at: number, base: LayerContent, application: LayerContent): ImageContent {
  const release = { id: 'debian', idLike: [], versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' };
  return imageOf(`registry.example/app-${at}:1.${at}`, [base, application], { release });
}

function nodeState(shape: FleetShape, images: readonly ImageContent[], at: number): StateItem[] {
  const random = randomNumbers(shape.seed * 1_000_003 + at);
  const drawn = draw(images, Math.min(shape.imagesPerNode, images.length), random);
  const items: StateItem[] = [{ kind: 'host', value: host(at) }];
  for (const { image } of drawn) {
    items.push({ kind: 'image', value: { ...image, firstSeen: START - Math.floor(random() * 1e9) } });
  }
  for (let index = 0; index < shape.containersPerNode; index += 1) {
    const chosen = drawn[Math.floor(random() * drawn.length)];
    if (chosen === undefined) break;
    const state = random() < 0.6 ? 'running' : 'exited';
    items.push({ kind: 'container', value: containerOf(`c-${at}-${index}`, chosen.image, { state }) });
  }
  for (let index = 0; index < shape.processesPerNode; index += 1) {
    items.push({ kind: 'process', value: process(at, index) });
  }
  return items;
}

function host(at: number) {
  return {
    hostname: `host-${at}`,
    os: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0',
    architecture: 'amd64',
    bootId: 'boot-1',
    agentVersion: '0.1.0',
    engines: [{ id: 'containerd', address: '/run/containerd/containerd.sock', status: 'ok' }],
    limitations: [],
  } as const;
}

function process(at: number, index: number): Process {
  return {
    bootId: 'boot-1',
    pid: 100 + index,
    parentPid: 1,
    startTicks: 1000 + at + index,
    startedAt: START,
    command: `service-${index % 20}`,
    executable: `/usr/bin/service-${index % 20}`,
    uid: 0,
    user: 'root',
    attribution: 'host',
  };
}

/** Some of the items, none twice: a partial Fisher-Yates shuffle. */
function draw<T>(from: readonly T[], count: number, random: () => number): T[] {
  const pool = [...from];
  for (let at = 0; at < count; at += 1) {
    const other = at + Math.floor(random() * (pool.length - at));
    [pool[at], pool[other]] = [pool[other] as T, pool[at] as T];
  }
  return pool.slice(0, count);
}

/** mulberry32, a small public-domain generator: numbers from 0 up to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
