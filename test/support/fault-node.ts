import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { pick } from './fault-deck.ts';
import { faultBench, type FaultBench, type Program } from './fault-programs.ts';
import { smallImage } from './small-images.ts';
import { eventually } from './system.ts';

/** However busy the machine is. */
const NOTICED_SECONDS = 150;
/** Debian's coreutils. */
const SLEEP = '/usr/bin/sleep';

/** What a node has, each list in the order of its values. */
export interface NodeContents {
  readonly names: readonly string[];
  readonly containers: readonly string[];
  readonly processes: readonly number[];
}

/** A containerd with images, containers that do not run, and processes of the test's own. */
export interface FaultNode {
  readonly engine: TestContainerd;
  /** Flags of an agent that reads this node. */
  readonly flags: readonly string[];
  /** The program that the test's processes run, which no other does. */
  readonly executable: string;
  /** As they must be known of it. */
  contents(): NodeContents;
  /** Gives the first image another name. */
  tag(name: string): Promise<void>;
  /** A name, a container or a process comes or goes. `random` is uniform in [0, 1). */
  change(random: () => number): Promise<void>;
  /** Ends the engine and brings it back, each noticed by all of these agents: two events of each. */
  loseEngine(...agents: readonly Program[]): Promise<void>;
  stop(): Promise<void>;
}

/** What a suite of faults works with; all of it ends with the test. */
export interface FaultPlace {
  readonly node: FaultNode;
  readonly bench: FaultBench;
}

/** `nodes`: names that certificates are made for, when they are not the usual ones. */
export async function faultPlace(
  context: TestContext,
  images: number,
  nodes?: readonly string[],
): Promise<FaultPlace> {
  const node = await startFaultNode(images);
  context.after(() => node.stop());
  const bench = await faultBench(nodes);
  context.after(() => bench.stop());
  return { node, bench };
}

/** With so many images that share layers, each with npm packages of its own, one container and one process. */
export async function startFaultNode(images: number): Promise<FaultNode> {
  const engine = await startContainerd({ cri: false });
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-witness-'));
  const executable = join(folder, 'witness');
  copyFileSync(SLEEP, executable);
  const names = new Set(Array.from({ length: images }, (_, at) => imageName(at)));
  const containers = new Set<string>();
  const processes = new Map<string, ChildProcess>();

  async function changeName(at: number, image: string): Promise<void> {
    const name = `${image}-alias-${at}`;
    if (names.delete(name)) await engine.ctr('images', 'remove', name);
    else {
      names.add(name);
      await engine.ctr('images', 'tag', image, name);
    }
  }

  async function changeContainer(at: number, image: string): Promise<void> {
    const id = `container-${at}`;
    if (containers.delete(id)) await engine.ctr('containers', 'delete', id);
    else {
      containers.add(id);
      await engine.runContainer(image, id, ['sleep'], { start: false });
    }
  }

  async function changeProcess(at: number): Promise<void> {
    const id = `process-${at}`;
    const running = processes.get(id);
    if (running === undefined) {
      const child = spawn(executable, ['infinity'], { stdio: 'ignore' });
      processes.set(id, child);
      await once(child, 'spawn');
    } else {
      processes.delete(id);
      running.kill('SIGKILL');
      await once(running, 'exit');
    }
  }

  const node: FaultNode = {
    engine,
    flags: ['--containerd-address', engine.address],
    executable,
    contents: () => ({
      names: [...names].toSorted(),
      containers: [...containers].toSorted(),
      processes: [...processes.values()].map(({ pid = 0 }) => pid).toSorted((a, b) => a - b),
    }),
    async tag(name) {
      await engine.ctr('images', 'tag', imageName(0), name);
      names.add(name);
    },
    async change(random) {
      const kind = pick(random, [changeName, changeName, changeContainer, changeProcess]);
      const at = Math.floor(random() * 3);
      await kind(at, imageName(Math.floor(random() * images)));
    },
    async loseEngine(...agents) {
      const noticed = async (): Promise<readonly number[]> =>
        agents.map((agent) => agent.log().filter(({ message }) => message === 'engine changed').length);
      const before = await noticed();
      const all = (more: number) => (counts: readonly number[]) =>
        counts.every((count, at) => count >= (before[at] ?? 0) + more);
      await engine.kill();
      await eventually(noticed, all(1), NOTICED_SECONDS);
      await engine.restart();
      await eventually(noticed, all(2), NOTICED_SECONDS);
    },
    async stop() {
      for (const child of processes.values()) child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
      await engine.stop();
    },
  };
  try {
    await importImages(engine, images);
    await changeContainer(0, imageName(0));
    await changeProcess(0);
    return node;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function importImages(engine: TestContainerd, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const layers = [`base-${at % 2}`, `app-${at}`].map((name) => [
      {
        path: `srv/${name}/node_modules/${name}/package.json`,
        content: JSON.stringify({ name, version: '1.2.3' }),
      },
    ]);
    await engine.importArchive(ociArchive([{ image: smallImage(layers), names: [imageName(at)] }]));
  }
}

function imageName(at: number): string {
  return `registry.example/app-${at}:1`;
}
