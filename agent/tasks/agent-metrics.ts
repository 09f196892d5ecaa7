import { registerProcessMetrics, MetricsRegistry } from '../../platform/metrics.ts';
import type { Engine } from '../../core/inventory.ts';
import type { ScanOutcome } from './image-scanner.ts';
import type { NodeSnapshot } from './node-reader.ts';

/** What the agent counts of itself. */
export class AgentMetrics {
  readonly registry = new MetricsRegistry();
  readonly #layers = this.registry.counter(
    'tallyman_agent_layers_read_total',
    'Layers walked or re-read, by what was read',
  );
  readonly #images = this.registry.counter(
    'tallyman_agent_images_scanned_total',
    'Images scanned, by outcome',
  );
  readonly #readings = this.registry.counter('tallyman_agent_node_readings_total', 'Readings of all engines');
  readonly #engineUp = this.registry.gauge('tallyman_agent_engine_up', '1 when the engine answers');
  readonly #held = this.registry.gauge('tallyman_agent_state_items', 'Items of the node state, by kind');
  readonly #layerSeconds = this.registry.histogram('tallyman_agent_layer_seconds', 'Time to read one layer');

  constructor() {
    registerProcessMetrics(this.registry);
  }

  layerRead(kind: 'walk' | 'candidates', seconds: number): void {
    this.#layers.add(1, { kind });
    this.#layerSeconds.observe(seconds);
  }

  imageScanned(outcome: ScanOutcome['kind']): void {
    this.#images.add(1, { outcome });
  }

  engines(engines: readonly Engine[]): void {
    for (const { id, status } of engines) this.#engineUp.set(status === 'ok' ? 1 : 0, { engine: id });
  }

  read(snapshot: NodeSnapshot): void {
    this.#readings.add();
    this.engines(snapshot.host.engines);
    this.#held.set(snapshot.images.length, { kind: 'image' });
    this.#held.set(snapshot.containers.length, { kind: 'container' });
    this.#held.set(snapshot.processes.length, { kind: 'process' });
  }
}
