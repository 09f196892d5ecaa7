import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { r } from '../../../../../agent/catalogers/r/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'usr/local/lib/R/site-library/cli/DESCRIPTION';

const CLI = `Package: cli
Title: Helpers for Developing Command Line Interfaces
Version: 3.6.2-1
Authors@R: c(
    person("A", "B", , "a@example.org", role = c("aut", "cre")))
License: MIT + file
    LICENSE
Depends: R (>= 3.4),
    methods
Imports: utils, rlang (>= 1.0), R6
LinkingTo: Rcpp
Suggests: testthat
Maintainer: A B <a@example.org>
Built: R 4.3.2; x86_64-pc-linux-gnu; 2024-01-01 00:00:00 UTC; unix
`;

function parse(text: string) {
  return r.parse(bufferFile(PLACE, text));
}

test('an installed package has its license, maintainer and what it needs', () => {
  assert.deepEqual(parse(CLI).packages, [
    {
      type: 'cran',
      name: 'cli',
      version: '3.6.2-1',
      licenses: ['MIT + file LICENSE'],
      vendor: 'A B <a@example.org>',
      dependencies: ['methods', 'utils', 'rlang', 'R6', 'Rcpp'],
    },
  ]);
});

test('sources of a package, and other files of that name, are none', () => {
  assert.deepEqual(parse(CLI.replace(/^Built:.*$/m, '')), {});
  assert.deepEqual(parse('Built: yesterday\nPackage: x\n'), {});
  assert.deepEqual(parse('A description in plain words.\n'), {});
});

test('any bytes give a package or none', () => {
  fc.assert(fc.property(hostileBytes(Buffer.from(CLI)), (bytes) => assertSurvives(r, PLACE, bytes)));
});
