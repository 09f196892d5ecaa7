import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Tells V8 to hold little memory rather than to be as quick as it could, in all threads of this process from now on:
 * heaps grow in small steps, and of the compilers only the middle one (Maglev) goes on: a program that mostly waits
 * never pays off the optimizing one, nor the code that the plainest one makes of all that ran a few times.
 * To be called first by a program that runs on every node.
 * Source: V8's flag-definitions.h; what it saves is printed by bench/agent-memory.ts.
 */
export function preferLittleMemory(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--no-turbofan');
  setFlagsFromString('--no-sparkplug');
}

/**
 * Gives back to the system what the heap of the calling thread holds and does not need, compiled code that may be made
 * again too. Takes some tens of ms, so it is for when there is nothing to do: V8 itself goes less far.
 * Source: `gc` of V8's gc-extension.cc.
 */
export function giveMemoryBack(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: Readonly<Record<string, string>>) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
