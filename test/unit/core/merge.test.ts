import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Composition } from '../../../core/composition.ts';
import type { Fact, PackageRecord } from '../../../core/facts.ts';
import { packagesOf, recordKey } from '../../../core/merge.ts';

function composed(path: string): Composition {
  return {
    diffIds: [`sha256:${'0'.repeat(64)}`],
    visible: [{ layer: 0, cataloger: 'java', path }],
    owned: [],
    introduced: [],
    deletedDatabases: [],
    opaqueBlind: false,
  };
}

test('a package found twice in one archive is listed once, with both places inside it', () => {
  const record = { type: 'maven', namespace: 'org.example', name: 'lib', version: '1' } as const;
  const packages = ['lib/a.jar', 'lib/b.jar'].map((inside): PackageRecord => ({ ...record, inside }));
  const fact: Fact = { path: 'app.jar', status: 'found', packages };
  const place = { path: 'app.jar', layer: 0, introducedBy: 0, cataloger: 'java' };
  assert.deepEqual(
    packagesOf(composed('app.jar'), () => [fact]),
    [
      {
        ...record,
        purl: 'pkg:maven/org.example/lib@1',
        locations: [
          { ...place, inside: 'lib/a.jar' },
          { ...place, inside: 'lib/b.jar' },
        ],
      },
    ],
  );
});

test('packages that only their bytes identify are told apart by these', () => {
  const record = { type: 'maven', name: 'tool', version: '' } as const;
  assert.notEqual(recordKey({ ...record, sha1: 'a' }), recordKey({ ...record, sha1: 'b' }));
  assert.equal(recordKey({ ...record, sha1: 'a' }), recordKey({ ...record, sha1: 'a' }));
});
