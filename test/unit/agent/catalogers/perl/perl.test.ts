import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { perl } from '../../../../../agent/catalogers/perl/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'usr/local/lib/perl5/site_perl/5.38.2/x86_64-linux-gnu/.meta/libwww-perl-6.67/install.json';

const LWP = {
  name: 'LWP',
  target: 'LWP::UserAgent',
  version: '6.67',
  dist: 'libwww-perl-6.67',
  pathname: 'O/OA/OALDERS/libwww-perl-6.67.tar.gz',
  provides: { LWP: { file: 'lib/LWP.pm', version: '6.67' } },
};

const METADATA = {
  license: ['perl_5'],
  prereqs: {
    runtime: { requires: { perl: '5.006', 'HTTP::Date': '6', URI: '1.1' } },
    test: { requires: { 'Test::More': '0' } },
  },
};

function parse(record: unknown, metadata?: unknown) {
  const siblings = metadata === undefined ? {} : { 'MYMETA.json': JSON.stringify(metadata) };
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  return perl.parse(bufferFile(PLACE, text, { siblings }));
}

const record = { type: 'cpan', namespace: 'OALDERS', name: 'libwww-perl', version: '6.67' } as const;

test('a distribution has its author, and license and requirements by its metadata', () => {
  assert.deepEqual(parse(LWP, METADATA).packages, [
    { ...record, licenses: ['perl_5'], dependencies: ['HTTP::Date', 'URI'] },
  ]);
});

test('without metadata, or with damaged metadata, it is the same distribution', () => {
  assert.deepEqual(parse(LWP).packages, [record]);
  assert.deepEqual(parse(LWP, { license: 'unknown', prereqs: [] }).packages, [record]);
  const damaged = { siblings: { 'MYMETA.json': '{' } };
  assert.deepEqual(perl.parse(bufferFile(PLACE, JSON.stringify(LWP), damaged)).packages, [record]);
});

test('versions of all forms are told from names', () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    'Foo-Bar-v1.2.3': ['Foo-Bar', 'v1.2.3'],
    'Acme-3D-0.01_02': ['Acme-3D', '0.01_02'],
    'Moo-2.5-TRIAL': ['Moo', '2.5-TRIAL'],
    'X-1': ['X', '1'],
  };
  for (const [dist, expected] of Object.entries(cases)) {
    const [one] = parse({ dist }).packages ?? [];
    assert.deepEqual([one?.name, one?.version], expected, dist);
  }
});

test('what names no distribution is none', () => {
  for (const content of [{}, [], 'null', '', { dist: 'NoVersion' }, { dist: 7 }])
    assert.deepEqual(parse(content), {});
});

test('only records of installers are candidates', () => {
  assert.ok(perl.candidates.accepts(PLACE));
  assert.ok(!perl.candidates.accepts('app/install.json'));
});

test('any bytes give a distribution, none or an error', () => {
  const seeds = [LWP, METADATA].map((one) => Buffer.from(JSON.stringify(one)));
  fc.assert(
    fc.property(hostileBytes(...seeds), (bytes) => {
      assertSurvives(perl, PLACE, bytes, { siblings: { 'MYMETA.json': bytes } });
      assertSurvives(perl, PLACE, Buffer.from(JSON.stringify(LWP)), { siblings: { 'MYMETA.json': bytes } });
    }),
  );
});
