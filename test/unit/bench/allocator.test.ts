import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALLOCATOR, COLLECTOR_NODE_OPTIONS } from '../../../bench/support/allocator.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Every `MALLOC_…` that a file sets, whether as `NAME=value` or as a shell's default `NAME="${NAME:-value}"`. */
function allocatorIn(file: string): Record<string, string> {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const settings = text.matchAll(/\b(MALLOC_\w+)=(?:"\$\{\1:-(\w+)\}"|(\w+))/g);
  return Object.fromEntries([...settings].map(([, name, fallback, value]) => [name, fallback ?? value]));
}

for (const file of ['tallyman', 'Dockerfile']) {
  test(`${file} sets the allocator as the benchmarks do`, () => {
    assert.deepEqual(allocatorIn(file), ALLOCATOR);
  });
}

for (const file of [
  'tallyman',
  'manifests/base/collector-stateful-set.yaml',
  'manifests/components/postgres/collector-deployment.yaml',
]) {
  test(`${file} starts collectors as the benchmarks do`, () => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    assert.deepEqual(/--max-semi-space-size=\d+/.exec(text)?.[0], COLLECTOR_NODE_OPTIONS);
  });
}
