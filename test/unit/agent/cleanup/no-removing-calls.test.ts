import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const REMOVING = /^agent\/(?:runtimes\/\w+\/(?:removal|quarantine)|cleanup\/remover\/)/;

/** Every file that is loaded with this one, types aside. */
function loadedWith(start: string): Set<string> {
  const loaded = new Set<string>();
  const waiting = [join(ROOT, start)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file) || !file.endsWith('.ts')) continue;
    loaded.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [, clause = '', from = ''] of source.matchAll(IMPORT)) {
      if (clause.startsWith('type ')) continue;
      waiting.push(join(dirname(file), from));
    }
    for (const [, from = ''] of source.matchAll(LAZY_IMPORT)) waiting.push(join(dirname(file), from));
  }
  return new Set([...loaded].map((file) => relative(ROOT, file)));
}

const IMPORT = /^(?:import|export) ([^;]*?from )?'(\.[^']+)';$/gms;
const LAZY_IMPORT = /\bimport\('(\.[^']+)'\)/g;

for (const program of ['agent/main.ts', 'cli/main.ts']) {
  test(`nothing that ${program} ever loads has a call that removes images`, () => {
    const loaded = loadedWith(program);
    assert.ok(loaded.has('agent/cleanup/remover-process.ts'), 'the graph is followed');
    assert.ok(loaded.size > 100);
    assert.deepEqual(
      [...loaded].filter((file) => REMOVING.test(file)),
      [],
    );
  });
}

test('the process of a run has them, and is found by the same search', () => {
  const loaded = loadedWith('agent/cleanup/remover/main.ts');
  assert.ok([...loaded].some((file) => /^agent\/runtimes\/containerd\/removal\.ts$/.test(file)));
  assert.ok([...loaded].some((file) => /^agent\/runtimes\/docker\/removal\.ts$/.test(file)));
});
