import * as v from 'valibot';
import { RuntimeError, type RuntimeEvent } from '../runtime.ts';
import { engineEvent } from './api-types.ts';

/** Far above any event; labels make them long. */
const LONGEST_LINE = 1024 * 1024;

/**
 * What changes a view. Not the engine's other topics: health checks alone make three `exec_*` events
 * for each container every few seconds.
 */
export const EVENT_FILTERS = {
  type: ['image', 'container'],
  event: [
    ...['delete', 'import', 'load', 'prune', 'pull', 'tag', 'untag'],
    ...['create', 'destroy', 'die', 'pause', 'rename', 'restart', 'start', 'unpause', 'update'],
  ],
} as const;

/** Reads JSON lines. What cannot be read is still a change, so it is passed on without a subject. */
export async function* decodeEvents(chunks: AsyncIterable<Uint8Array>): AsyncIterable<RuntimeEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new RuntimeError('failed', 'Docker sent an event without an end');
    for (const line of lines) {
      if (line.trim() !== '') yield decodeEvent(line);
    }
  }
}

function decodeEvent(line: string): RuntimeEvent {
  const event = v.safeParse(engineEvent, parse(line));
  if (!event.success) return { kind: 'other', topic: 'unreadable', subject: '' };
  const { Type, Action, Actor } = event.output;
  const kind = Type === 'image' || Type === 'container' ? Type : 'other';
  return { kind, topic: `/${Type}/${Action}`, subject: Actor?.ID ?? '' };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
