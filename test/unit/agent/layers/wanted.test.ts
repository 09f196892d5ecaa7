import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cataloger } from '../../../../core/facts.ts';
import { compileWanted } from '../../../../agent/layers/wanted.ts';
import { witness } from '../../../support/layer-reading.ts';

const word = fc.stringMatching(/^[a-c.0]{1,4}$/);
const stem = fc.stringMatching(/^[a-c]{0,2}$/);
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
const rule = fc.record({
  basenames: fc.array(word, { maxLength: 3 }),
  suffixes: fc.array(word, { maxLength: 3 }),
  stems: fc.array(stem, { maxLength: 2 }),
});

function wantsByName({ candidates }: Cataloger, of: string): boolean {
  const name = of.slice(of.lastIndexOf('/') + 1);
  const isNamed =
    candidates.basenames?.includes(name) ||
    candidates.suffixes?.some((suffix) => name.endsWith(suffix)) ||
    candidates.stems?.some((beginning) => name.split(/[0-9.]/)[0] === beginning);
  return isNamed === true && candidates.accepts(of);
}

test('a name finds exactly the catalogers whose rules match it', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), path, (rules, of) => {
      const catalogers = rules.map((names, at) =>
        witness(String(at), { ...names, accepts: (whole) => whole.length % 3 !== at % 3 }),
      );
      const expected = catalogers.filter((one) => wantsByName(one, of)).map(({ id }) => id);
      assert.deepEqual([...compileWanted(catalogers).byName(of)].sort(), expected);
    }),
    { numRuns: 1000 },
  );
});

test('programs are wanted where any cataloger says so, on paths that it accepts', () => {
  const wanted = compileWanted([
    witness('a', { basenames: ['x'] }),
    witness('go', { executables: true, accepts: (at) => at !== 'no' }),
  ]);
  assert.equal(wanted.programs, true);
  assert.deepEqual(wanted.asProgram('bin/x'), ['go']);
  assert.deepEqual(wanted.asProgram('no'), []);
  assert.equal(compileWanted([]).programs, false);
});

test('files of some mode are wanted by those that look for programs and at modes', () => {
  const wanted = compileWanted([
    witness('shells', { basenames: ['x'], modes: 0o111 }),
    witness('go', { executables: true }),
    witness('modes', { executables: true, modes: 0o6002, accepts: (at) => at !== 'no' }),
  ]);
  assert.deepEqual(wanted.byMode('bin/x'), ['modes']);
  assert.deepEqual(wanted.byMode('no'), []);
});

test('companions come from the catalogers that want the file', () => {
  const beside = (of: string): string[] => [`${of.slice(of.lastIndexOf('/') + 1)}-wal`];
  const wanted = compileWanted([
    witness('db', { basenames: ['a.db'] }, beside),
    witness('other', { basenames: ['b'] }),
  ]);
  assert.deepEqual(wanted.companions('x/a.db'), ['a.db-wal']);
  assert.deepEqual(wanted.companions('x/b'), []);
});
