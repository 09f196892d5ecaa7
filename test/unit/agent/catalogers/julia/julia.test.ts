import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { julia } from '../../../../../agent/catalogers/julia/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = 'root/.julia/packages/JSON/93Ea8/Project.toml';
const HEADER = 'name = "JSON"\nuuid = "682C06A0-de6a-54ab-a142-c8b1cf79cde6"\nversion = "0.21.4" # newest\n';

function packageIn(text: string) {
  return julia.parse(bufferFile(PATH, text)).packages?.[0];
}

test('a package of a depot has its UUID in its purl, and its dependencies', () => {
  const found = packageIn(
    `${HEADER}\n[deps]\nDates = "ade2ca70-3891-5945-98fb-dc099432e06a"\n\n[compat]\njulia = "0.7"\n[extras]\nTest = "x"\n`,
  );
  assert.deepEqual(found?.dependencies, ['Dates']);
  assert.equal(
    found && purlOf(found, undefined),
    'pkg:julia/JSON@0.21.4?uuid=682c06a0-de6a-54ab-a142-c8b1cf79cde6',
  );
});

test('a project without a version, or of no depot, is no package', () => {
  assert.equal(packageIn('name = "JSON"\n[deps]\nversion = "1"\n'), undefined);
  assert.ok(julia.candidates.accepts(PATH));
  assert.ok(!julia.candidates.accepts('srv/app/Project.toml'));
});

test('any text gives a package or none', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(HEADER, '[', ']', 'deps', '=', '"', '\n', 'a'), { maxLength: 30 }),
      (parts) => {
        const found = packageIn(parts.join(''));
        assert.ok(found === undefined || found.version !== '');
      },
    ),
  );
});
