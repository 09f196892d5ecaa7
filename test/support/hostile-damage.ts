import { randomOf, type Random } from './model/random.ts';

/** Bytes that make numbers and texts what nobody expects. */
const ODD_BYTES = [0x00, 0x01, 0x0a, 0x20, 0x22, 0x2d, 0x2f, 0x5c, 0x7f, 0x80, 0xff];
/** Widths of the numbers that binary formats have. */
const WIDTHS = [2, 4, 8];
/** What stands in the place of a word. */
const ODD_WORDS = [
  ...['', '0', '-1', '1e308', '99999999999999999999', '2147483648', 'NaN', 'null', 'true', '[]', '{}'],
  ...['"', '"x"', '__proto__', 'constructor', 'toString', '../..', '%', '%ff', '\\ud800', '\u0000'],
  ...['\u202e', '\ufeff', '\ud83d', '(', ')', '[', '{', '@', '#', '<', '>', "'", '\r', '\n\n', '\n '],
];
/** A larger file is not damaged at each place, but at its beginning and at places spread over it. */
const MOST_PLACES = 60;
const LEAST_PLACES = 8;
/** Bytes that are read of all files that are damaged in one way, or thereabouts. */
const MOST_BYTES = 50_000;
/** Words that are stretched. */
const MOST_STRETCHED = 24;
/** Characters of what is stretched: enough that time which grows with their square is never over. */
const STRETCHED = 1 << 18;

/**
 * A file that was damaged, and how, so that a failure can be told. `effort` of those that make them: 1 is a short run, 4 damages
 * four times as many places.
 */
export interface Damaged {
  readonly how: string;
  readonly bytes: Uint8Array;
}

/** Cut at each length; and each place with a byte gone, doubled, its bits flipped, or an odd one instead. */
export function* damagedBytes(sample: Uint8Array, effort: number): Generator<Damaged> {
  for (const at of places(sample.length, placesOf(sample) * effort)) {
    yield { how: `cut at ${at}`, bytes: sample.slice(0, at) };
    yield { how: `without byte ${at}`, bytes: spliced(sample, at, at + 1, []) };
    yield { how: `byte ${at} doubled`, bytes: spliced(sample, at, at, sample.subarray(at, at + 1)) };
    for (const flip of [1 << (at % 8), 0xff])
      yield { how: `byte ${at} ^ ${flip}`, bytes: patched(sample, at, [(sample[at] ?? 0) ^ flip]) };
    for (const byte of ODD_BYTES) yield { how: `byte ${at} = ${byte}`, bytes: patched(sample, at, [byte]) };
  }
}

/** Every number a lie: all there can be, the largest that is not negative, the smallest that is, one more, one less. */
export function* lyingNumbers(sample: Uint8Array, effort: number): Generator<Damaged> {
  for (const at of places(sample.length, placesOf(sample) * effort)) {
    for (const width of WIDTHS) {
      if (at + width > sample.length) continue;
      const bits = BigInt(8 * width);
      for (const isLittle of [true, false]) {
        const there = numberAt(sample, at, width, isLittle);
        const lies = [
          0n,
          (1n << bits) - 1n,
          (1n << (bits - 1n)) - 1n,
          1n << (bits - 1n),
          there + 1n,
          there - 1n,
        ];
        for (const lie of [...lies, BigInt(sample.length), BigInt(at)]) {
          const bytes = patched(sample, at, bytesOf(BigInt.asUintN(Number(bits), lie), width, isLittle));
          yield { how: `${width} bytes at ${at} = ${lie}${isLittle ? '' : ', big-endian'}`, bytes };
        }
      }
    }
  }
}

/** Each word gone, doubled, changed with the next one and the one after, and something else in its place. */
export function* damagedWords(sample: Uint8Array, effort: number): Generator<Damaged> {
  const words = wordsOf(sample);
  for (const at of places(words.length, placesOf(sample) * effort)) {
    const word = words[at] ?? '';
    yield { how: `word ${at} gone`, bytes: joined(words.toSpliced(at, 1)) };
    yield { how: `word ${at} doubled`, bytes: joined(words.toSpliced(at, 0, word)) };
    for (const other of [at + 1, at + 2]) {
      if (other >= words.length) continue;
      const swapped = words.with(at, words[other] ?? '').with(other, word);
      yield { how: `words ${at} and ${other} swapped`, bytes: joined(swapped) };
    }
    for (const odd of ODD_WORDS)
      yield { how: `word ${at} = ${JSON.stringify(odd)}`, bytes: joined(words.with(at, odd)) };
  }
}

/** Each word, blank or sign repeated until it is very long, by itself or followed by what follows it. */
export function* stretchedWords(sample: Uint8Array, effort: number): Generator<Damaged> {
  const words = wordsOf(sample);
  for (const at of places(words.length, MOST_STRETCHED * effort)) {
    const word = words[at] ?? '';
    const long = word.repeat(Math.ceil(STRETCHED / word.length));
    yield { how: `word ${at} stretched`, bytes: joined(words.with(at, long)) };
    const pair = word + (words[at + 1] ?? '');
    const pairs = pair.repeat(Math.ceil(STRETCHED / pair.length));
    yield { how: `words ${at} and ${at + 1} stretched`, bytes: joined(words.toSpliced(at, 2, pairs)) };
  }
}

/** Some of all that together, at random. */
export function* damagedAtRandom(sample: Uint8Array, rounds: number, seed: number): Generator<Damaged> {
  const random = randomOf(seed);
  for (let round = 0; round < rounds; round += 1) {
    let bytes = sample;
    for (let times = 1 + random.below(6); times > 0; times -= 1) bytes = damagedOnce(bytes, random);
    yield { how: `round ${round} of seed ${seed}`, bytes };
  }
}

function damagedOnce(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.below(64));
  switch (random.below(7)) {
    case 0:
      return bytes.slice(0, from);
    case 1:
      return spliced(bytes, from, to, []);
    case 2:
      return spliced(bytes, from, from, bytes.subarray(from, to));
    case 3:
      return spliced(bytes, random.below(bytes.length + 1), from, bytes.subarray(from, to));
    case 4: {
      const width = random.pick(WIDTHS) ?? 1;
      const number = BigInt(random.pick([0, 1, 0xff, 0x7fffffff, 0xffffffff, bytes.length, from]) ?? 0);
      return patched(bytes, from, bytesOf(BigInt.asUintN(8 * width, number), width, random.below(2) === 0));
    }
    case 5:
      return spliced(bytes, from, to, Buffer.from(random.pick(ODD_WORDS) ?? ''));
    default:
      return patched(bytes, from, [random.pick(ODD_BYTES) ?? 0]);
  }
}

function placesOf(sample: Uint8Array): number {
  return Math.max(LEAST_PLACES, Math.min(MOST_PLACES, Math.floor(MOST_BYTES / sample.length)));
}

/** Half of them at the beginning, where headers are. */
function places(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, at) => at);
  const begin = Math.floor(most / 2);
  return Array.from({ length: Math.floor(most) }, (_, at) =>
    at < begin ? at : begin + Math.floor(((at - begin) * (length - begin)) / (most - begin)),
  );
}

function patched(bytes: Uint8Array, at: number, patch: readonly number[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed.set(patch.slice(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
  return changed;
}

function spliced(bytes: Uint8Array, from: number, to: number, put: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, from), Uint8Array.from(put), bytes.subarray(to)]));
}

function numberAt(bytes: Uint8Array, at: number, width: number, isLittle: boolean): bigint {
  const there = bytes.slice(at, at + width);
  return BigInt(`0x${Buffer.from(isLittle ? there.reverse() : there).toString('hex')}`);
}

function bytesOf(number: bigint, width: number, isLittle: boolean): number[] {
  const bytes = [...Buffer.from(number.toString(16).padStart(2 * width, '0'), 'hex')];
  return isLittle ? bytes.reverse() : bytes;
}

/** Letters and digits together, blanks together, each sign by itself. All of the bytes, one character a byte. */
function wordsOf(sample: Uint8Array): string[] {
  return (
    Buffer.from(sample)
      .toString('latin1')
      .match(/[A-Za-z]+|[0-9]+|[ \t]+|[^A-Za-z0-9 \t]/gs) ?? []
  );
}

function joined(words: readonly string[]): Uint8Array {
  // What is not of the sample may have characters beyond a byte, which stand for themselves.
  const isPlain = words.every((word) => !/[^\0-\xff]/.test(word));
  return Buffer.from(words.join(''), isPlain ? 'latin1' : 'utf8');
}
