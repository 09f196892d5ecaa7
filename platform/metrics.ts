/** Label values by name; the same names on every use of a metric. */
export type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): Iterable<{ readonly suffix: string; readonly labels: string; readonly value: number }>;
}

/** Most label combinations a metric keeps; further ones are counted under `other="true"`, so that memory stays bounded. */
const MAX_SERIES = 1000;
const OVERFLOW: Labels = { other: 'true' };

/** Default histogram bounds, in seconds. */
const SECONDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** A number that only rises. */
export class Counter {
  readonly #series: Series;

  constructor(series: Series) {
    this.#series = series;
  }

  add(amount = 1, labels: Labels = {}): void {
    this.#series.update(labels, (value) => value + amount);
  }
}

/** A number that rises and falls. */
export class Gauge {
  readonly #series: Series;

  constructor(series: Series) {
    this.#series = series;
  }

  set(value: number, labels: Labels = {}): void {
    this.#series.update(labels, () => value);
  }

  add(amount: number, labels: Labels = {}): void {
    this.#series.update(labels, (value) => value + amount);
  }
}

/** Counts of observations up to each bound, for durations in seconds unless bounds are given. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts = new Map<string, { buckets: number[]; sum: number; count: number; labels: Labels }>();

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  observe(value: number, labels: Labels = {}): void {
    let key = renderLabels(labels);
    let kept = labels;
    if (!this.#counts.has(key) && this.#counts.size >= MAX_SERIES) {
      kept = OVERFLOW;
      key = renderLabels(OVERFLOW);
    }
    let held = this.#counts.get(key);
    if (held === undefined) {
      held = { buckets: this.#bounds.map(() => 0), sum: 0, count: 0, labels: kept };
      this.#counts.set(key, held);
    }
    held.sum += value;
    held.count += 1;
    for (const [at, bound] of this.#bounds.entries()) {
      if (value <= bound) held.buckets[at] = (held.buckets[at] ?? 0) + 1;
    }
  }

  *samples(): ReturnType<Metric['samples']> {
    for (const [key, { buckets, sum, count, labels }] of this.#counts) {
      for (const [at, bound] of this.#bounds.entries()) {
        yield {
          suffix: '_bucket',
          labels: renderLabels({ ...labels, le: String(bound) }),
          value: buckets[at] ?? 0,
        };
      }
      yield { suffix: '_bucket', labels: renderLabels({ ...labels, le: '+Inf' }), value: count };
      yield { suffix: '_sum', labels: key, value: sum };
      yield { suffix: '_count', labels: key, value: count };
    }
  }
}

class Series {
  readonly #values = new Map<string, number>();

  update(labels: Labels, change: (value: number) => number): void {
    let key = renderLabels(labels);
    if (!this.#values.has(key) && this.#values.size >= MAX_SERIES) key = renderLabels(OVERFLOW);
    this.#values.set(key, change(this.#values.get(key) ?? 0));
  }

  *samples(): ReturnType<Metric['samples']> {
    for (const [labels, value] of this.#values) yield { suffix: '', labels, value };
  }
}

/**
 * The metrics of one process, written out in the Prometheus text format, version 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats). Our own, since the usual library costs 8 MB of resident memory.
 */
export class MetricsRegistry {
  readonly #metrics = new Map<string, Metric>();
  readonly #beforeScrape: (() => void | Promise<void>)[] = [];

  counter(name: string, help: string): Counter {
    const series = new Series();
    this.#register({ name, help, type: 'counter', samples: () => series.samples() });
    return new Counter(series);
  }

  gauge(name: string, help: string): Gauge {
    const series = new Series();
    this.#register({ name, help, type: 'gauge', samples: () => series.samples() });
    return new Gauge(series);
  }

  histogram(name: string, help: string, bounds: readonly number[] = SECONDS): Histogram {
    const histogram = new Histogram(bounds);
    this.#register({ name, help, type: 'histogram', samples: () => histogram.samples() });
    return histogram;
  }

  /** `fill` runs before each scrape, to set gauges that are only read when asked for. */
  onScrape(fill: () => void | Promise<void>): void {
    this.#beforeScrape.push(fill);
  }

  async exposition(): Promise<string> {
    for (const fill of this.#beforeScrape) await fill();
    const lines: string[] = [];
    for (const metric of this.#metrics.values()) {
      lines.push(`# HELP ${metric.name} ${metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`);
      lines.push(`# TYPE ${metric.name} ${metric.type}`);
      for (const { suffix, labels, value } of metric.samples()) {
        lines.push(`${metric.name}${suffix}${labels} ${value}`);
      }
    }
    return `${lines.join('\n')}\n`;
  }

  #register(metric: Metric): void {
    if (this.#metrics.has(metric.name)) throw new RangeError(`metric ${metric.name} is registered twice`);
    this.#metrics.set(metric.name, metric);
  }
}

/** Content type of `exposition()`. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Adds `process_resident_memory_bytes`, `process_cpu_seconds_total` and `process_start_time_seconds`. */
export function registerProcessMetrics(registry: MetricsRegistry): void {
  const memory = registry.gauge('process_resident_memory_bytes', 'Resident memory in bytes.');
  const cpu = registry.counter('process_cpu_seconds_total', 'User and system CPU time in seconds.');
  registry
    .gauge('process_start_time_seconds', 'Start of the process, seconds since the epoch.')
    .set(Math.round(performance.timeOrigin / 1000));
  let counted = 0;
  registry.onScrape(() => {
    memory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.add(seconds - counted);
    counted = seconds;
  });
}

function renderLabels(labels: Labels): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    pairs.push(`${name}="${escaped}"`);
  }
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
