import { EventLoopDelay } from '../../platform/event-loop-delay.ts';
import { registerProcessMetrics, MetricsRegistry } from '../../platform/metrics.ts';
import type { Engine } from '../../core/inventory.ts';
import type { Recovery } from '../state/open-database.ts';
import type { FleetOutcome } from './fleet-scanner.ts';
import type { NodeSnapshot } from './node-reader.ts';
import type { PacingTick } from './pacing.ts';

/** The loop is watched during a scan and for this long after, while its results are stored and sent. */
const WATCH_MS = 15_000;

/** What the agent counts of itself. */
export class AgentMetrics {
  readonly registry = new MetricsRegistry();
  readonly #layers = this.registry.counter(
    'tallyman_agent_layers_read_total',
    'Layers walked or re-read, by what was read',
  );
  readonly #images = this.registry.counter(
    'tallyman_agent_images_scanned_total',
    'Images looked at, by outcome; of one that is held the collector had all, and mostly nothing was read',
  );
  readonly #readings = this.registry.counter('tallyman_agent_node_readings_total', 'Readings of all engines');
  readonly #engineUp = this.registry.gauge('tallyman_agent_engine_up', '1 when the engine answers');
  readonly #held = this.registry.gauge('tallyman_agent_state_items', 'Items of the node state, by kind');
  readonly #layerSeconds = this.registry.histogram('tallyman_agent_layer_seconds', 'Time to read one layer');
  readonly #scanCpu = this.registry.counter(
    'tallyman_agent_scan_cpu_seconds_total',
    'CPU time that the process used while it scanned',
  );
  readonly #scanHeld = this.registry.counter(
    'tallyman_agent_scan_paused_seconds_total',
    'Time that scans stood still to give way, by reason',
  );
  readonly #setAside = this.registry.counter(
    'tallyman_agent_state_set_aside_total',
    'State files that could not be used and were replaced by a new one, by reason',
  );
  readonly #loop = new EventLoopDelay();
  readonly #loopDelay = this.registry.gauge(
    'tallyman_agent_event_loop_delay_seconds',
    'How late the main thread came to its work around scans, since the last scrape',
  );

  constructor() {
    registerProcessMetrics(this.registry);
    this.registry.onScrape(() => {
      const { max, p99 } = this.#loop.take();
      this.#loopDelay.set(max, { quantile: '1' });
      this.#loopDelay.set(p99, { quantile: '0.99' });
    });
  }

  stateSetAside(reason: Recovery['reason']): void {
    this.#setAside.add(1, { reason });
  }

  layerRead(kind: 'walk' | 'candidates', seconds: number): void {
    this.#layers.add(1, { kind });
    this.#layerSeconds.observe(seconds);
  }

  /** To be called again and again while a scan goes on. */
  scanning({ usedSeconds, heldSeconds, reason }: PacingTick): void {
    this.#loop.watchFor(WATCH_MS);
    this.#scanCpu.add(usedSeconds);
    if (reason !== undefined) this.#scanHeld.add(heldSeconds, { reason });
  }

  imageScanned(outcome: Exclude<FleetOutcome['kind'], 'elsewhere'>): void {
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
