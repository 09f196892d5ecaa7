import { randomNumbers } from './fleet.ts';

// Which faults come when: the same for the same seed. TALLYMAN_FAULT_SEED names another; TALLYMAN_FAULT_ROUNDS makes it longer.

export const FAULT_SEED = Number(process.env['TALLYMAN_FAULT_SEED'] ?? 1);

/** How many rounds there are to be; `usual` unless told otherwise. */
export function faultRounds(usual: number): number {
  return Number(process.env['TALLYMAN_FAULT_ROUNDS'] ?? usual);
}

export interface FaultRound<Fault> {
  readonly name: string;
  readonly fault: Fault;
  /** Uniform in [0, 1). Of this round alone: how often it is drawn from changes nothing of the others. */
  readonly random: () => number;
}

/** Kinds of faults, shuffled. Each comes once before any comes again. */
export class FaultDeck<Fault> {
  readonly #kinds: readonly (readonly [string, Fault])[];
  readonly #random: () => number;
  #left: (readonly [string, Fault])[] = [];

  constructor(kinds: Readonly<Record<string, Fault>>, seed: number = FAULT_SEED) {
    this.#kinds = Object.entries(kinds);
    this.#random = randomNumbers(seed);
  }

  get size(): number {
    return this.#kinds.length;
  }

  /** The next ones. */
  deal(count: number): FaultRound<Fault>[] {
    return Array.from({ length: count }, () => {
      if (this.#left.length === 0) this.#left = [...this.#kinds];
      const [drawn] = this.#left.splice(Math.floor(this.#random() * this.#left.length), 1);
      if (drawn === undefined) throw new Error('there is no kind of fault');
      const [name, fault] = drawn;
      return { name, fault, random: randomNumbers(this.#random() * 2 ** 32) };
    });
  }
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}
