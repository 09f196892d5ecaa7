import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createUplink, type Uplink } from '../../agent/uplink/uplink.ts';
import { planHash } from '../../core/cleanup/plan-hash.ts';
import type { CleanupPlan, PlanItem } from '../../core/cleanup/plan.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import type { ReportedImage, StateItem } from '../../core/inventory.ts';
import { createAuthority, issueCertificate } from '../../platform/certificates.ts';
import { createLogger } from '../../platform/logging.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import type { Content, ContentName } from '../../proto/codec/content.ts';
import { packPlan } from '../../proto/codec/command-detail.ts';
import type { Command } from '../../proto/codec/command.ts';
import { FLEET_CATALOGERS, makeFleet, type Fleet, type FleetShape } from '../../test/support/fleet.ts';
import { MemoryOutbox } from '../../test/support/session-bench.ts';

/** What a process of made-up agents is told at its start, as JSON in its first argument. */
export interface FleetAgentsOrder {
  readonly shape: FleetShape;
  /** Nodes `from` up to but not including `to` are this process's. */
  readonly from: number;
  readonly to: number;
  /** Holds the authority; each agent gets a certificate of its own there. */
  readonly certificates: string;
}

/** `connect`: all at once. `change`: so many nodes have one container more. */
export type FleetAgentsWord =
  | { readonly say: 'connect'; readonly target: string }
  | { readonly say: 'change'; readonly nodes: number }
  | { readonly say: 'count' }
  | { readonly say: 'end' };

export interface FleetAgentsCount {
  readonly connected: number;
  /** From the call to connect to the collector's welcome, ms, of every agent that has one. */
  readonly connectMs: readonly number[];
  readonly commands: number;
}

interface MadeUpAgent {
  readonly at: number;
  readonly uplink: Uplink;
  readonly outbox: MemoryOutbox;
  items: StateItem[];
  connectMs?: number;
}

const order = JSON.parse(process.argv[2] ?? '') as FleetAgentsOrder;
const logger = createLogger({ component: 'bench', level: 'silent' });
const fleet = makeFleet(order.shape);
const supply = contentOf(fleet);
const agents: MadeUpAgent[] = [];
let commands = 0;

await makeCertificates();
process.on('message', (word: FleetAgentsWord) => void obey(word));
process.send?.('ready');

async function obey(word: FleetAgentsWord): Promise<void> {
  switch (word.say) {
    case 'connect':
      await connect(word.target);
      return;
    case 'change':
      for (const agent of agents.slice(0, word.nodes)) addContainer(agent);
      process.send?.('changed');
      return;
    case 'count':
      process.send?.({
        connected: agents.filter(({ uplink }) => uplink.status().connected).length,
        connectMs: agents.flatMap(({ connectMs }) => connectMs ?? []),
        commands,
      } satisfies FleetAgentsCount);
      return;
    case 'end':
      process.exit();
  }
}

async function makeCertificates(): Promise<void> {
  const authority = await createAuthority(order.certificates);
  for (let at = order.from; at < order.to; at += 1) {
    const node = fleet.nodeName(at);
    const issued = await issueCertificate(authority, { node, days: 1, now: Date.now() });
    writeFileSync(join(order.certificates, `${node}.crt`), issued.certificate);
    writeFileSync(join(order.certificates, `${node}.key`), issued.key);
  }
}

/** Real sessions, by the agent's own code; only what lies behind it is made up. */
async function connect(target: string): Promise<void> {
  for (let at = order.from; at < order.to; at += 1) agents.push(madeUpAgent(at, target));
  const begun = performance.now();
  for (const { uplink } of agents) uplink.start();
  for (let left = agents; left.length > 0;) {
    await sleep(50);
    for (const agent of left) {
      if (agent.uplink.status().connected) agent.connectMs = performance.now() - begun;
    }
    left = left.filter(({ connectMs }) => connectMs === undefined);
  }
}

function madeUpAgent(at: number, target: string): MadeUpAgent {
  const node = fleet.nodeName(at);
  const outbox = new MemoryOutbox(`epoch-${at}`);
  const uplink = createUplink({
    target,
    tls: {
      kind: 'mutual',
      files: {
        certFile: join(order.certificates, `${node}.crt`),
        keyFile: join(order.certificates, `${node}.key`),
        caFile: join(order.certificates, 'ca.crt'),
      },
    },
    node,
    instance: `instance-${at}`,
    agentVersion: 'bench',
    bootId: 'boot-1',
    catalogers: FLEET_CATALOGERS,
    outbox,
    content: { load: async (name) => contentNamed(name) },
    clock: Date.now,
    now: () => performance.now(),
    random: Math.random,
    // Their files stay as they are, and the processor is for the collector.
    timing: { credentialCheckMs: 3_600_000 },
    logger,
    onCommand({ command }) {
      commands += 1;
      answer(agent, command);
      uplink.notifyEvents();
    },
  });
  const agent: MadeUpAgent = { at, uplink, outbox, items: fleet.state(at) };
  uplink.setState(agent.items);
  uplink.offerContent(namesOf(agent.items));
  return agent;
}

/** A plan of all the node's images, as its agent would make one. */
function answer(agent: Pick<MadeUpAgent, 'at' | 'items' | 'outbox'>, command: Command): void {
  const detail = packPlan(planOf(fleet.nodeName(agent.at), agent.items));
  agent.outbox.add({
    kind: 'command-result',
    commandId: command.id,
    outcome: 'done',
    message: 'The plan is made.',
    ...(detail && { detail }),
  });
}

function planOf(node: string, items: readonly StateItem[]): CleanupPlan {
  const plan: CleanupPlan = {
    id: '',
    node,
    createdAt: Date.now(),
    policy: DEFAULT_POLICY,
    stateHash: sha256Hex(node),
    items: items.flatMap((item, at) => (item.kind === 'image' ? [planItem(item.value, at)] : [])),
    frees: { bytes: 0, inodes: 0 },
    refusals: [],
    warnings: [],
  };
  return { ...plan, id: planHash(plan, sha256Hex) };
}

function planItem({ imageId, names, manifestDigests, sizeBytes }: ReportedImage, at: number): PlanItem {
  return {
    imageId,
    action: at % 5 === 0 ? 'remove' : 'keep',
    reasons: [{ kind: 'unused', unusedMs: at * 3_600_000, wasUsed: false, newer: 0 }],
    names,
    digests: manifestDigests,
    exclusive: { bytes: sizeBytes, inodes: 10 },
    undo: 'restore',
  };
}

function addContainer(agent: MadeUpAgent): void {
  const container = agent.items.find((item) => item.kind === 'container');
  if (container?.kind !== 'container') return;
  const id = `${container.value.id.slice(0, -6)}${String(agent.items.length).padStart(6, '0')}`;
  agent.items = [...agent.items, { kind: 'container', value: { ...container.value, id } }];
  agent.uplink.setState(agent.items);
}

function contentOf({ layers, images }: Fleet): ReadonlyMap<string, Content> {
  return new Map<string, Content>([
    ...layers.map(({ ref, facts }) => [ref.key, { kind: 'layer-facts', facts }] as const),
    ...images.map(({ ref, composition }) => [ref.key, { kind: 'composition', composition }] as const),
  ]);
}

function contentNamed({ key }: ContentName): Content {
  const content = supply.get(key);
  if (content === undefined) throw new Error(`there is no content ${key}`);
  return content;
}

function namesOf(items: readonly StateItem[]): ContentName[] {
  const names: ContentName[] = [];
  for (const item of items) {
    if (item.kind !== 'image') continue;
    for (const key of item.value.diffIds) names.push({ kind: 'layer-facts', key });
    if (item.value.composition !== undefined)
      names.push({ kind: 'composition', key: item.value.composition });
  }
  return names;
}
