import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cataloger } from '../../core/facts.ts';
import { bufferFile, type BufferFileOptions } from './layer-file.ts';

/** Any bytes, and real files with bytes overwritten, cut out, doubled or cut off. */
export function hostileBytes(...seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const any = fc.uint8Array({ maxLength: 300 });
  return fc.oneof(any, ...seeds.map((seed) => ({ weight: 3, arbitrary: mutationsOf(seed) })));
}

function mutationsOf(seed: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: Math.max(0, seed.length - 1) });
  const interesting = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x20);
  const patch = fc.record({
    at,
    bytes: fc.array(fc.oneof(interesting, fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
  });
  const piece = fc.record({ from: at, length: fc.nat({ max: 5000 }), to: at });
  return fc
    .record({ patches: fc.array(patch, { maxLength: 12 }), piece: fc.option(piece), end: fc.option(at) })
    .map(({ patches, piece: moved, end }) => {
      const bytes = Uint8Array.from(seed);
      for (const one of patches) bytes.set(one.bytes.slice(0, bytes.length - one.at), one.at);
      if (moved !== null) bytes.copyWithin(moved.to, moved.from, moved.from + moved.length);
      return end === null ? bytes : bytes.slice(0, end);
    });
}

/** Asserts that a cataloger makes a result of these bytes, no larger than they are, or throws an Error. */
export function assertSurvives(
  cataloger: Cataloger,
  path: string,
  bytes: Uint8Array,
  options: BufferFileOptions = {},
): void {
  let content;
  try {
    content = cataloger.parse(bufferFile(path, bytes, options));
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(!(error instanceof RangeError || error instanceof TypeError), error.stack);
    return;
  }
  assert.ok((content.packages?.length ?? 0) <= bytes.length + 1);
  for (const record of content.packages ?? []) assert.ok(record.name !== '');
}
