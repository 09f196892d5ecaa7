import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supersededPackages } from '../../../core/journals.ts';
import type { PlacedFact } from '../../../core/placed-fact.ts';

/** Packages as `NAME VERSION ARCHITECTURE`. */
function factAt(path: string, packages: readonly string[], supersedes?: readonly string[]): PlacedFact {
  const records = packages.map((text) => {
    const [name = '', version = '', architecture = ''] = text.split(' ');
    return { type: 'deb' as const, name, version, architecture };
  });
  const ref = { layer: 0, cataloger: 'dpkg', path };
  return { ref, fact: { path, status: 'found', packages: records, ...(supersedes && { supersedes }) } };
}

function superseded(...facts: readonly PlacedFact[]): string[] {
  return supersededPackages(facts).map((one) => `${one.ref.path.split('/').at(-1) ?? ''} ${one.package}`);
}

const STATUS = 'var/lib/dpkg/status';
const FIRST = 'var/lib/dpkg/updates/0000';
const SECOND = 'var/lib/dpkg/updates/0001';

test('an entry takes the place of what the status file says of a package, and of earlier entries', () => {
  assert.deepEqual(
    superseded(
      factAt(STATUS, ['a 1 amd64', 'b 1 amd64', 'c 1 amd64']),
      factAt(FIRST, ['a 2 amd64'], ['a:amd64', 'a:all']),
      factAt(SECOND, ['a 3 amd64'], ['a:amd64', 'a:all']),
      factAt('var/lib/dpkg/updates/0002', [], ['b']),
    ),
    ['status deb//a@:1/amd64', 'status deb//b@:1/amd64', '0000 deb//a@:2/amd64'],
  );
});

test('another architecture of a package is another package, unless either is for all', () => {
  const status = factAt(STATUS, ['a 1 amd64', 'a 1 i386', 'b 1 all']);
  assert.deepEqual(superseded(status, factAt(FIRST, ['a 2 i386'], ['a:i386', 'a:all'])), [
    'status deb//a@:1/i386',
  ]);
  assert.deepEqual(superseded(status, factAt(FIRST, ['b 2 amd64'], ['b:amd64', 'b:all'])), [
    'status deb//b@:1/all',
  ]);
});

test('other databases, and paragraphs in files of their own, have no journal', () => {
  const entry = factAt(FIRST, ['a 2 amd64'], ['a']);
  assert.deepEqual(superseded(factAt('opt/dpkg/status', ['a 1 amd64']), entry), []);
  assert.deepEqual(superseded(factAt('var/lib/dpkg/status.d/a', ['a 1 amd64']), entry), []);
  assert.deepEqual(superseded(factAt(STATUS, ['a 1 amd64'])), []);
});
