import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ApiClient } from '../../cli/api-client.ts';
import {
  knownNames,
  pictureOf,
  storedEvents,
  waitingEvents,
  type NodePicture,
  type StoredEvent,
} from './fault-node.ts';
import {
  FAULT_NODE,
  FRESH_NODE,
  type AgentProgram,
  type CollectorProgram,
  type FaultBench,
  type Program,
} from './fault-programs.ts';
import { eventually } from './system.ts';

// What must hold of a node and its collector, whatever went wrong between them.

const MIB = 1024 * 1024;
/** Both run from source in tests, whose types are stripped in memory. */
const MOST_MEMORY = 256 * MIB;
/** The longest wait of an agent between two attempts, and room for the rest. */
const CONVERGED_SECONDS = 150;

export interface Suspects {
  readonly bench: FaultBench;
  readonly collector: CollectorProgram;
  readonly agent: AgentProgram;
  /** Address of the one engine of the node. */
  readonly containerd: string;
  /** Of its images. */
  readonly names: Iterable<string>;
}

/**
 * The collector holds what a full scan by an agent that knows nothing gives, it has every event once, both are small, and how
 * long all that took is printed. Ends both, and answers the events in the order in which they were stored.
 */
export async function assertWhole(
  context: TestContext,
  { bench, collector, agent, containerd, names }: Suspects,
): Promise<readonly StoredEvent[]> {
  await assertConverges(context, collector.api, names);
  assertSmall(context, { agent, collector });
  const picture = await pictureOf(collector.api, FAULT_NODE);
  await agent.end();
  await collector.end();
  assert.equal(waitingEvents(agent.stateDir), 0, 'no event waits on the node');
  const events = storedEvents(collector);
  context.diagnostic(`${events.length} events`);
  assertEachOnce(events);
  await assertFreshlyScanned(bench, picture, containerd, names);
  return events;
}

/** Until the collector has these names of the node's images, and the packages of each. Prints how long it took. */
export async function assertConverges(
  context: TestContext,
  api: ApiClient,
  names: Iterable<string>,
  node: string = FAULT_NODE,
): Promise<void> {
  const begun = performance.now();
  await knows(api, names, node);
  context.diagnostic(`${node} converged in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

/** The same, saying nothing. */
export async function knows(
  api: ApiClient,
  names: Iterable<string>,
  node: string = FAULT_NODE,
): Promise<void> {
  const expected = JSON.stringify([...names].toSorted());
  await eventually(
    () => knownNames(api, node),
    (known) => known.complete && JSON.stringify(known.names) === expected,
    CONVERGED_SECONDS,
  );
}

/** The picture is what an agent with an empty memory tells of the same engine to a collector that knows nothing. */
export async function assertFreshlyScanned(
  bench: FaultBench,
  picture: NodePicture,
  containerd: string,
  names: Iterable<string>,
): Promise<void> {
  const untouched = await bench.collector('untouched');
  const fresh = bench.agent('fresh', untouched.grpcPort, [
    ...['--containerd-address', containerd],
    ...bench.asNode(FRESH_NODE),
  ]);
  await fresh.start();
  try {
    await knows(untouched.api, names, FRESH_NODE);
  } catch (error) {
    throw new Error(`a fresh agent does not get there: ${JSON.stringify(fresh.log().slice(-20))}`, {
      cause: error,
    });
  }
  assert.deepEqual(picture, await pictureOf(untouched.api, FRESH_NODE));
}

/** By name, programs that must not have grown. */
export function assertSmall(context: TestContext, programs: Readonly<Record<string, Program>>): void {
  const sizes = Object.entries(programs).map(([name, program]) => [name, program.memory()] as const);
  context.diagnostic(
    `resident: ${sizes.map(([name, bytes]) => `${name} ${Math.round(bytes / MIB)} MiB`).join(', ')}`,
  );
  for (const [name, bytes] of sizes) assert.ok(bytes > 0 && bytes < MOST_MEMORY, `${name}: ${bytes} bytes`);
}

/** Every event of one node is there once and in its order, and none is missing between the first and the last. */
export function assertEachOnce(events: readonly StoredEvent[]): void {
  const numbers = Map.groupBy(events, ({ epoch }) => epoch);
  for (const [epoch, those] of numbers)
    assert.deepEqual(
      those.map(({ number }) => number),
      those.map((_, at) => at + 1),
      `events of ${epoch}`,
    );
}

/** What happened to the one engine: lost, back, lost, back. Nothing of it was told twice. */
export function assertAlternating(events: readonly StoredEvent[]): void {
  const statuses = events.flatMap(({ body }) => (body.kind === 'engine-change' ? [body.status] : []));
  for (const [at, status] of statuses.entries()) assert.notEqual(status, statuses[at - 1], statuses.join());
}
