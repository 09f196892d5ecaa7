import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8's flags for little memory, each with what takes it back: what V8 does by itself. */
const FLAGS = [
  ['--optimize-for-size', '--no-optimize-for-size'],
  ['--no-turbofan', '--turbofan'],
  ['--no-sparkplug', '--sparkplug'],
] as const;

/**
 * Tells V8 to hold little memory rather than to be as quick as it could, in all threads of this process from now on:
 * heaps grow in small steps, and of the compilers only the middle one (Maglev) goes on: a program that mostly waits
 * never pays off the optimizing one, nor the code that the plainest one makes of all that ran a few times.
 * To be called by a program that runs on every node as soon as its modules are there: see `preferQuickStart`.
 * Source: V8's flag-definitions.h; what it saves is printed by bench/agent-memory.ts.
 */
export function preferLittleMemory(): void {
  for (const [flag] of FLAGS) setFlagsFromString(flag);
}

/**
 * Takes `preferLittleMemory` back, for while a thread starts. Node brings its own modules compiled, and V8 takes them only
 * under the flags that they were compiled with: to compile them anew takes a thread 60 ms.
 * Source: `SerializedCodeData::SanityCheck` of V8's code-serializer.cc, `FlagList::Hash`.
 */
export function preferQuickStart(): void {
  for (const [, usual] of FLAGS) setFlagsFromString(usual);
}

/**
 * Collects garbage in the heap of the calling thread, for when there is nothing to do. V8 goes on by itself after it, in
 * small steps, until what is not needed has gone back to the system: one thorough collection gives back some 2 MiB more,
 * and stops the thread three times as long.
 * Source: `gc` of V8's gc-extension.cc, its memory-reducer.h.
 */
export function giveMemoryBack(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: Readonly<Record<string, string>>) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'regular', execution: 'sync' });
}
