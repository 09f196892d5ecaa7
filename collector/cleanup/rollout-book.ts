import type { Rollout, RolloutNode } from '../../core/fleet-cleanup/rollout.ts';
import type { FleetOrders, NewDocument } from '../store/fleet-orders.ts';
import type { SignedCommands } from './signed-commands.ts';
import { FLEET_CLEANUP } from './work.ts';

/** A rollout with all that belongs to it. */
export interface KeptRollout {
  readonly id: string;
  /** The fleet plan that it carries out. */
  readonly planId: string;
  /** Who began it. */
  readonly issuer: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly rollout: Rollout;
  /** Signed by people, since the collector has no key; empty where nodes need no signature. */
  readonly applies: SignedCommands;
  /** The same for the undo of this round. */
  readonly undos: SignedCommands;
}

type Head = Omit<KeptRollout, 'id' | 'createdAt' | 'rollout' | 'applies' | 'undos'> & {
  readonly rollout: Omit<Rollout, 'nodes'>;
};

interface KeptNode {
  readonly position: number;
  readonly one: RolloutNode;
  readonly apply?: string;
  readonly undo?: string;
}

type BookStore = Pick<FleetOrders, 'putDocuments' | 'document' | 'documentsOf'>;

/** Writes what differs from `before`, wholly or not at all; everything when there is none before. */
export async function writeRollout(
  store: BookStore,
  kept: KeptRollout,
  before: KeptRollout | undefined,
  at: number,
): Promise<void> {
  const { id, planId, issuer, applies, undos } = kept;
  const { nodes, ...rollout } = kept.rollout;
  const head: Head = { planId, issuer, rollout };
  const documents: NewDocument[] = [{ kind: 'rollout', id, value: head }];
  const areUndosNew = undos !== before?.undos;
  nodes.forEach((one, position) => {
    const isSame = one === before?.rollout.nodes[position];
    if (isSame && !areUndosNew) return;
    const { [one.node]: apply } = applies;
    const { [one.node]: undo } = undos;
    if (isSame && before.undos[one.node] === undo) return;
    const value: KeptNode = {
      position,
      one,
      ...(apply !== undefined && { apply }),
      ...(undo !== undefined && { undo }),
    };
    documents.push({ kind: 'rollout-node', id: `${id}/${one.node}`, parent: id, value });
  });
  await store.putDocuments(documents, at, FLEET_CLEANUP);
}

/** Undefined when there is none. */
export async function readRollout(store: BookStore, id: string): Promise<KeptRollout | undefined> {
  const document = await store.document('rollout', id);
  if (document === undefined) return undefined;
  const { rollout, ...head } = document.value as Head;
  const nodes = (await store.documentsOf('rollout-node', id))
    .map(({ value }) => value as KeptNode)
    .toSorted((a, b) => a.position - b.position);
  const signed = (of: 'apply' | 'undo'): SignedCommands =>
    Object.fromEntries(nodes.flatMap((node) => (node[of] === undefined ? [] : [[node.one.node, node[of]]])));
  return {
    id,
    createdAt: document.createdAt,
    ...head,
    rollout: { ...rollout, nodes: nodes.map(({ one }) => one) },
    applies: signed('apply'),
    undos: signed('undo'),
  };
}
