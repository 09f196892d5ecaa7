import type { Agent } from '../../agent/main.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import type { TestContainerd } from './containerd.ts';
import { smallImage } from './small-images.ts';
import { eventually } from './system.ts';

/** Images of a fleet of which each node has an engine, and an agent in this process. */
export interface FleetImages {
  readonly engines: ReadonlyMap<string, TestContainerd>;
  readonly agents: readonly Agent[];
  readonly patienceS: number;
  /** How many were added so far. */
  added: number;
}

/**
 * Puts an image `localhost/NAME:1` of each name on every node, and waits until the agents have looked at them: what begins to
 * be read between plan and removal would stay.
 */
export async function addImages(fleet: FleetImages, names: readonly string[]): Promise<void> {
  const archive = ociArchive(
    names.map((name) => ({
      image: smallImage([[{ path: `srv/${name}`, content: name.repeat(10_000) }]]),
      names: [`localhost/${name}:1`],
    })),
  );
  for (const engine of fleet.engines.values()) await engine.importArchive(archive);
  fleet.added += names.length;
  await eventually(
    () => Promise.all(fleet.agents.map(imagesRead)),
    (counts) => counts.every((count) => count >= fleet.added),
    fleet.patienceS,
  );
}

async function imagesRead({ metricsAddress }: Agent): Promise<number> {
  const metrics = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  const samples = metrics.matchAll(/^tallyman_agent_images_scanned_total\S* (\d+)$/gm);
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0);
}
