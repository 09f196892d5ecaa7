import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../../cli/api-client.ts';
import { storedEvents, waitingEvents, type StoredEvent } from './fault-events.ts';
import type { FaultNode } from './fault-node.ts';
import { pictureOf, reportedContents, type NodePicture } from './fault-picture.ts';
import {
  FAULT_NODE,
  FRESH_NODE,
  type AgentProgram,
  type CollectorProgram,
  type FaultBench,
  type Program,
} from './fault-programs.ts';
import { eventually } from './system.ts';

// What must hold of a node and its collectors, whatever went wrong between them.

const MIB = 1024 * 1024;
/** Both run from source in tests, whose types are stripped in memory. */
const MOST_MEMORY = 256 * MIB;
/** The longest wait of an agent between two attempts, and room for the rest. */
const CONVERGED_SECONDS = 150;

/** One of each. */
export interface Suspects {
  readonly bench: FaultBench;
  readonly node: FaultNode;
  readonly collector: CollectorProgram;
  readonly agent: AgentProgram;
}

export interface ManySuspects extends Pick<Suspects, 'bench' | 'node'> {
  readonly collectors: readonly CollectorProgram[];
  /** By the names under which they report the node. */
  readonly agents: Readonly<Record<string, AgentProgram>>;
  /** All that is stored, once the collectors have ended. */
  readonly events: () => Promise<readonly StoredEvent[]> | readonly StoredEvent[];
}

/** As `assertAllWhole`, of a collector with a database of its own. */
export function assertWhole(
  context: TestContext,
  { bench, node, collector, agent }: Suspects,
): Promise<readonly StoredEvent[]> {
  const agents = { [FAULT_NODE]: agent };
  const events = (): readonly StoredEvent[] => storedEvents(collector);
  return assertAllWhole(context, { bench, node, collectors: [collector], agents, events });
}

/**
 * Every collector holds of every agent what a full scan by one that knows nothing gives, every event is there once and none
 * waits, all programs are small, and how long it took to get there is printed. Ends them all, and answers the events in the
 * order in which they were stored.
 */
export async function assertAllWhole(
  context: TestContext,
  { bench, node, collectors, agents, events }: ManySuspects,
): Promise<readonly StoredEvent[]> {
  for (const { api } of collectors) {
    for (const name of Object.keys(agents)) await assertConverges(context, api, node, name);
  }
  await assertFreshlyScanned(bench, node, collectors, Object.keys(agents));
  assertSmall(context, {
    ...agents,
    ...Object.fromEntries(collectors.map((collector, at) => [`collector ${at + 1}`, collector])),
  });
  for (const [name, agent] of Object.entries(agents)) {
    await agent.end();
    assert.equal(waitingEvents(agent.stateDir), 0, `no event waits on ${name}`);
  }
  for (const collector of collectors) await collector.end();
  const stored = await events();
  context.diagnostic(`${stored.length} events`);
  assertEachOnce(stored);
  return stored;
}

/** Until the collector knows what the node has, and the packages of each image. Prints how long it took. */
export async function assertConverges(
  context: TestContext,
  api: ApiClient,
  node: FaultNode,
  name: string = FAULT_NODE,
): Promise<void> {
  const begun = performance.now();
  await knows(api, node, name);
  context.diagnostic(`${name} converged in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

/** The same, saying nothing. */
export async function knows(api: ApiClient, node: FaultNode, name: string = FAULT_NODE): Promise<void> {
  await eventually(
    () => reportedContents(api, node, name),
    (reported) => isDeepStrictEqual(reported, node.contents()),
    CONVERGED_SECONDS,
  );
}

/** Each has of each name what an agent with an empty memory tells of the same node to a collector that knows nothing. */
async function assertFreshlyScanned(
  bench: FaultBench,
  node: FaultNode,
  collectors: readonly CollectorProgram[],
  names: readonly string[],
): Promise<void> {
  const untouched = await bench.collector('untouched');
  const fresh = bench.agent('fresh', untouched.grpcPort, [...node.flags, ...bench.asNode(FRESH_NODE)]);
  await fresh.start();
  try {
    await knows(untouched.api, node, FRESH_NODE);
  } catch (error) {
    throw new Error(`a fresh agent does not get there: ${JSON.stringify(fresh.log().slice(-20))}`, {
      cause: error,
    });
  }
  const scanned = await pictureOf(untouched.api, node, FRESH_NODE);
  for (const { api } of collectors) {
    for (const name of names) {
      let picture: NodePicture | undefined;
      await eventually(
        async () => (picture = await pictureOf(api, node, name)),
        (known) => isDeepStrictEqual(known, scanned),
        CONVERGED_SECONDS,
      ).catch(() => assert.deepEqual(picture, scanned));
    }
  }
  await fresh.end();
  await untouched.end();
}

/** By name, programs that must not have grown. */
function assertSmall(context: TestContext, programs: Readonly<Record<string, Program>>): void {
  const sizes = Object.entries(programs).map(([name, program]) => [name, program.memory()] as const);
  context.diagnostic(
    `resident: ${sizes.map(([name, bytes]) => `${name} ${Math.round(bytes / MIB)} MiB`).join(', ')}`,
  );
  for (const [name, bytes] of sizes) assert.ok(bytes > 0 && bytes < MOST_MEMORY, `${name}: ${bytes} bytes`);
}

/** Every event of a node is there once and in its order, and none is missing between the first and the last. */
function assertEachOnce(events: readonly StoredEvent[]): void {
  const numbers = Map.groupBy(events, ({ node, epoch }) => `${node}, ${epoch}`);
  for (const [whose, those] of numbers)
    assert.deepEqual(
      those.map(({ number }) => number),
      those.map((_, at) => at + 1),
      `events of ${whose}`,
    );
}

/** What each node tells of its one engine: lost, back, lost, back. Nothing of it was told twice. */
export function assertAlternating(events: readonly StoredEvent[]): void {
  for (const [node, those] of Map.groupBy(events, (event) => event.node)) {
    const statuses = those.flatMap(({ body }) => (body.kind === 'engine-change' ? [body.status] : []));
    for (const [at, status] of statuses.entries())
      assert.notEqual(status, statuses[at - 1], `${node}: ${statuses.join()}`);
  }
}
