/** An archive in an archive in an archive: real ones go to 4 (a kar of an ear of a war of jars). */
const MAX_DEPTH = 8;
/** Archives opened for one file of the layer. The largest servers hold some 3,000. */
const MAX_ARCHIVES = 10_000;
/** Names in all their directories together. */
const MAX_ENTRIES = 1_000_000;
/** Of one file of the layer, what is in memory at once: decompressed bytes, and those they are made from. */
const MAX_HELD_BYTES = 40 << 20;
/**
 * Bytes decompressed, and as many digested, for one file of the layer: so many times its own, more for a small one, and
 * never more than the last. Archives that overlap would otherwise be read without end.
 */
const WORK_RATIO = 16;
const SMALL_WORK_BYTES = 64 << 20;
const MAX_WORK_BYTES = 2 ** 31;
/** Archives hold compressed files, so that compressing them again gains little; what gains more is a trap. */
const MAX_RATIO = 100;
const ALWAYS_FINE_BYTES = 1 << 20;
const MAX_PACKAGES = 50_000;

const TOLD_PROBLEMS = 3;

/** What one file of a layer, with all archives inside, may cost, and what was left out for it. */
export class ReadingBudget {
  readonly #maxWork: number;
  #archives = 0;
  #entries = 0;
  #held = 0;
  #inflated = 0;
  #digested = 0;
  #packages = 0;
  #problemCount = 0;
  readonly #problems: string[] = [];

  /** For a file of so many bytes. */
  constructor(fileSize: number) {
    this.#maxWork = Math.min(MAX_WORK_BYTES, SMALL_WORK_BYTES + fileSize * WORK_RATIO);
  }

  /** What could not be read; undefined when all was. */
  get truncated(): string | undefined {
    if (this.#problemCount === 0) return undefined;
    const more = this.#problemCount - this.#problems.length;
    return this.#problems.join('; ') + (more > 0 ? `; and ${more} more` : '');
  }

  note(problem: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < TOLD_PROBLEMS) this.#problems.push(problem.slice(0, 200));
  }

  /** Whether one more archive may be opened, at this depth (0 is the file itself). Counts it, also when it proves to be none. */
  takeArchive(depth: number): boolean {
    if (depth >= MAX_DEPTH || this.#archives >= MAX_ARCHIVES || this.#entries >= MAX_ENTRIES) return false;
    this.#archives += 1;
    return true;
  }

  /** Counts a name; false when there were too many. */
  countEntry(): boolean {
    this.#entries += 1;
    return this.#entries <= MAX_ENTRIES;
  }

  /** Counts a package; false when there were too many, which is noted. */
  countPackage(): boolean {
    this.#packages += 1;
    if (this.#packages === MAX_PACKAGES + 1) this.note(`only the first ${MAX_PACKAGES} packages are told`);
    return this.#packages <= MAX_PACKAGES;
  }

  /** How many bytes may be decompressed from `compressed` ones now. */
  inflatable(compressed: number): number {
    const ratio = Math.max(ALWAYS_FINE_BYTES, compressed * MAX_RATIO);
    return Math.min(ratio, MAX_HELD_BYTES - compressed - this.#held, this.#maxWork - this.#inflated);
  }

  /** Says that so many decompressed bytes are in memory, until `release`. */
  hold(bytes: number): void {
    this.#held += bytes;
    this.#inflated += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }

  /** Whether so many bytes may be digested; counts them. */
  allowsDigest(bytes: number): boolean {
    if (this.#digested + bytes > this.#maxWork) return false;
    this.#digested += bytes;
    return true;
  }
}
