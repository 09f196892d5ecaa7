import type { MetricsRegistry } from '../../platform/metrics.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

/** The same store, timing each call and counting failures. */
export function measuredStore(store: Store, registry: MetricsRegistry): Store {
  const seconds = registry.histogram(
    'tallyman_store_call_seconds',
    'Time of calls to the store.',
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  );
  const failures = registry.counter('tallyman_store_failures_total', 'Calls to the store that failed.');

  async function measured(name: string, call: () => Promise<unknown>): Promise<unknown> {
    const start = performance.now();
    try {
      return await call();
    } catch (error) {
      failures.add(1, { call: name, code: error instanceof StoreError ? error.code : 'failed' });
      throw error;
    } finally {
      seconds.observe((performance.now() - start) / 1000, { call: name });
    }
  }

  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...values: unknown[]) =>
        measured(String(name), () => Reflect.apply(method, target, values) as Promise<unknown>);
    },
  });
}
