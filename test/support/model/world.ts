import type { RemovalEngine } from '../../../agent/cleanup/remover/engine.ts';
import type { PlannedEngine } from '../../../agent/tasks/plan-cleanup.ts';
import type { Space } from '../../../core/cleanup/storage.ts';
import type { ImageName } from '../../../core/inventory.ts';

/** A name as people gave it. `imageId`: of the image it points at. */
export interface WorldName extends ImageName {
  readonly imageId: string;
  readonly isPinned: boolean;
}

export type ContainerState = 'created' | 'running' | 'exited';

/** A container as its makers know it. */
export interface WorldContainer {
  readonly id: string;
  readonly namespace: string;
  /** What it was made from. */
  readonly imageId: string;
  state: ContainerState;
}

/** How a container is asked for, and as what. */
export interface ContainerWanted {
  readonly id: string;
  readonly name: WorldName;
  /** `sandbox`: the pause container of a pod. */
  readonly kind: 'container' | 'sandbox';
  /** What to call the image by. */
  readonly by: 'name' | 'id' | 'digest';
}

/**
 * A node as people and programs use it, with a real engine on it. What is asked for and cannot be, because somebody else
 * was quicker, throws.
 */
export interface World {
  readonly engine: PlannedEngine & RemovalEngine;
  /** Where images may be. */
  readonly namespaces: readonly string[];
  /** How many images can be had. */
  readonly sources: number;
  /** Removals can be undone. */
  readonly canRestore: boolean;
  readonly canBuild: boolean;
  /** Ways to ask for an image. */
  readonly ways: readonly ContainerWanted['by'][];
  /** All names that there are, but for those that an engine makes by itself. */
  names(): Promise<readonly WorldName[]>;
  pull(namespace: string, source: number): Promise<void>;
  /** From an archive: it cannot be pulled again. */
  load(namespace: string, source: number): Promise<void>;
  tag(name: WorldName, alias: string): Promise<void>;
  /** As another cleaner would, too. */
  untag(name: WorldName): Promise<void>;
  create(wanted: ContainerWanted): Promise<void>;
  start(container: WorldContainer): Promise<void>;
  stop(container: WorldContainer): Promise<void>;
  remove(container: WorldContainer): Promise<void>;
  /** As the engine sees them, by ID. */
  states(): Promise<ReadonlyMap<string, ContainerState>>;
  /** Throws when a container could not go on: something it stands on is gone. */
  verifyContainer(container: WorldContainer): Promise<void>;
  /** Throws when something of an image that no name points at any more is gone. */
  verifyKept(imageId: string, namespace: string): Promise<void>;
  /** Somebody needs an image, with no container of it; absent where the engine has no such thing. */
  readonly holds?: WorldHolds;
  /** Makes an image upon another one; only where it can. */
  build(name: WorldName, tag: string): Promise<void>;
  /** Has the engine collect what nothing refers to. */
  collect(): Promise<void>;
  /** What images take, by looking at the disk. */
  space(): Promise<Space>;
  /** Ends the engine at once and starts it again. */
  crash(): Promise<void>;
  /** Leases of ours there are. */
  quarantines(): Promise<readonly string[]>;
  end(): Promise<void>;
}

export interface WorldHolds {
  lease(name: WorldName, id: string): Promise<void>;
  release(id: string, namespace: string): Promise<void>;
  pin(name: WorldName, isPinned: boolean): Promise<void>;
}
