import { containerd } from '../../../proto/generated/containerd.js';
import type { RuntimeEvent } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { subscribe } from './methods.ts';

const { Subject, TaskExit } = containerd.services.events.v1;

/**
 * What containerd is asked for. Left out is what our own reading causes (/snapshot/*), and what says nothing
 * about an image's use: processes that join a container, such as probes.
 */
const FILTERS = [
  'topic~="^/images/"',
  'topic~="^/containers/"',
  'topic~="^/namespaces/"',
  'topic~="^/tasks/(create|start|exit|delete|paused|resumed)$"',
];

/** Events of all namespaces but the excluded ones. Ends quietly when the signal fires, throws when containerd goes away. */
export async function* engineEvents(
  connection: Connection,
  excludedNamespaces: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void, void> {
  const context = { signal, timeoutMs: 'none' } as const;
  try {
    for await (const envelope of connection.stream(subscribe, { filters: FILTERS }, context)) {
      if (excludedNamespaces.has(envelope.namespace)) continue;
      const event = translate(envelope.topic, envelope.event?.value ?? new Uint8Array());
      if (event !== undefined) yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** `undefined` for the end of a process that had only joined a container. */
export function translate(topic: string, value: Uint8Array): RuntimeEvent | undefined {
  const { subject, id } = read(topic, value);
  if (id !== undefined && id !== subject) return undefined;
  return { kind: kindOf(topic), topic, subject };
}

/** That something changed is what matters: an event that cannot be decoded is one all the same. */
function read(topic: string, value: Uint8Array): { readonly subject: string; readonly id?: string } {
  try {
    if (topic !== '/tasks/exit') return { subject: Subject.decode(value).subject };
    const { containerId, id } = TaskExit.decode(value);
    return { subject: containerId, id };
  } catch {
    return { subject: '' };
  }
}

function kindOf(topic: string): RuntimeEvent['kind'] {
  if (topic.startsWith('/images/')) return 'image';
  return topic.startsWith('/containers/') || topic.startsWith('/tasks/') ? 'container' : 'other';
}
