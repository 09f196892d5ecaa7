import type { Container, Engine, Image, Lease } from '../../core/inventory.ts';
import type { DiffId } from '../../core/layer.ts';

/** All that one engine holds, read at one moment. */
export interface RuntimeView {
  readonly engine: Engine;
  readonly images: readonly Image[];
  readonly containers: readonly Container[];
  /** containerd only; not our own. */
  readonly leases: readonly Lease[];
  /** Images whose content could not be read, and why; they are still in use by what uses them. */
  readonly problems: readonly { readonly subject: string; readonly message: string }[];
}

/** Something changed in the engine; read it anew. `kind` is for logs and last-used times. */
export interface RuntimeEvent {
  readonly kind: 'image' | 'container' | 'other';
  /** The engine's own topic, such as `/images/create`. */
  readonly topic: string;
  readonly subject: string;
}

/** Where the bytes of one layer can be read. Structured-cloneable, but for `open`. */
export type LayerLocation =
  /** An unpacked overlay layer: whiteouts are character devices 0:0, opaque directories carry the attribute. */
  | { readonly kind: 'overlay-directory'; readonly path: string }
  /** Full trees (the `native` snapshotter): the layer is what differs from `parent`; absent for the base. */
  | { readonly kind: 'full-directory'; readonly path: string; readonly parent?: string }
  /**
   * A layer's tar, maybe compressed (gzip, zstd or none; told from its first bytes), read as a stream. A piece is valid until
   * the next one is asked for.
   */
  | { readonly kind: 'blob'; open(): AsyncIterable<Uint8Array> };

export interface LocatedLayer {
  readonly diffId: DiffId;
  readonly location: LayerLocation;
}

/** One container engine. Errors are `RuntimeError`s whose message tells the operator what to do. */
export interface Runtime {
  readonly id: Engine['id'];
  readonly address: string;
  /** Reads everything. Throws when the engine cannot be reached. */
  view(signal: AbortSignal): Promise<RuntimeView>;
  /** Ends (or throws) when the engine goes away or the signal fires. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /**
   * Finds an image's layers, base first, keeps them from being collected while `use` runs,
   * and releases them on every path out.
   */
  withLayers<T>(
    image: Image,
    signal: AbortSignal,
    use: (layers: readonly LocatedLayer[]) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

export class RuntimeError extends Error {
  readonly code: 'unreachable' | 'denied' | 'unsupported' | 'not-found' | 'failed';

  constructor(code: RuntimeError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'RuntimeError';
    this.code = code;
  }
}
