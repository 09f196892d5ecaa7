import type { Runtime, RuntimeEvent } from '../runtime.ts';
import type { HoldingsReader } from '../holdings.ts';
import { dockerApi } from './api.ts';
import { contentReader } from './content-reader.ts';
import { engineError } from './errors.ts';
import { decodeEvents, EVENT_FILTERS } from './events.ts';
import { dockerHoldings } from './holdings.ts';
import { useLayers } from './layers.ts';
import { usesReader } from './uses.ts';
import { viewReader } from './view.ts';

export interface DockerOptions {
  /** Path of the unix socket, with or without `unix://`. */
  readonly address: string;
  /** For each call to the engine; 30 s when not given. */
  readonly timeoutMs?: number;
  /** How many images and containers to remember between views; 2,000 of each when not given. */
  readonly remembered?: number;
}

export interface DockerRuntime extends Runtime, HoldingsReader {}

/**
 * Docker, by its Engine API. With the overlay2 storage driver the layers of an image are directories;
 * Docker knows no leases, so `withLayers` looks afterwards whether the image is still the same and throws
 * `not-found` if it is not. With the containerd image store its layers are containerd's to give (namespace
 * `moby`), and `withLayers` throws `unsupported`, as it does for any other storage driver.
 */
export function dockerRuntime(options: DockerOptions): DockerRuntime {
  const address = options.address.replace(/^unix:\/\//, '');
  const api = dockerApi(address, options.timeoutMs ?? 30_000);
  const contents = contentReader(api, options.remembered ?? 2_000);
  const view = viewReader(api, address, contents);

  async function* events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    try {
      yield* decodeEvents(await api.events(EVENT_FILTERS, signal));
    } catch (error) {
      if (signal.aborted) return;
      throw engineError(address, 'reading events', error);
    }
  }

  return {
    id: 'docker',
    address,
    view,
    ...dockerHoldings({ api, view, uses: usesReader(api, contents) }),
    events,
    withLayers: (image, signal, use) => useLayers(api, image, signal, use),
    close: async () => api.close(),
  };
}
