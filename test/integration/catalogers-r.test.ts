import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { r } from '../../agent/catalogers/r/index.ts';
import { downloadPackages, unpackPackages } from '../../cli/demo/debian-packages.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { packagesOfRoot } from '../support/image-scanning.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-r-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const skip = needsCommands('Rscript');

const listPackages = `
library <- commandArgs(trailingOnly = TRUE)
known <- installed.packages(lib.loc = library, noCache = TRUE)
cat(paste(known[, "Package"], known[, "Version"]), sep = "\\n")
`;

/** `name version` of what R finds in a library. */
function listedByR(library: string): readonly string[] {
  return runTool('Rscript', ['-e', listPackages, library]).trim().split('\n').sort();
}

test("R's own packages are those that R lists", { skip }, () => {
  const library = runTool('Rscript', ['-e', 'cat(.Library)']);
  const facts = catalogDirectory(library, r);
  assert.ok(foundPackages(facts).length > 10);
  assert.deepEqual(foundPackages(facts), listedByR(library));
  assert.deepEqual(errorsOf(facts), []);
});

const debianPackages = [
  'r-cran-cli',
  'r-cran-dplyr',
  'r-cran-ggplot2',
  'r-cran-jsonlite',
  'r-cran-rcpp',
  'r-bioc-biobase',
];

test("the packages of Debian's R packages are those that R lists", { skip }, async () => {
  const root = join(scratch, 'debian');
  const signal = AbortSignal.timeout(240_000);
  await unpackPackages(await downloadPackages(debianPackages, join(scratch, 'debs'), signal), root, signal);
  const facts = catalogDirectory(root, r);
  assert.deepEqual(foundPackages(facts), listedByR(join(root, 'usr/lib/R/site-library')));
  assert.equal(foundPackages(facts).length, debianPackages.length);
  assert.deepEqual(errorsOf(facts), []);

  const types = (await packagesOfRoot(root)).map(({ type, name }) => (type === 'deb' ? type : name));
  assert.deepEqual(new Set(types), new Set(['deb']), 'what dpkg put there is no second package');
});

test('a package is found once R installed it, not among its sources', { skip }, () => {
  const source = join(scratch, 'tally');
  const library = join(scratch, 'library');
  mkdirSync(source);
  mkdirSync(library);
  const fields = [
    'Package: tally',
    'Version: 0.1-2',
    'License: GPL (>= 2)',
    'Title: T',
    'Description: D.',
    'Author: A',
    'Maintainer: A <a@example.org>',
  ];
  writeFileSync(join(source, 'DESCRIPTION'), `${fields.join('\n')}\n`);
  writeFileSync(join(source, 'NAMESPACE'), '');
  runTool('R', ['CMD', 'INSTALL', `--library=${library}`, source]);
  const facts = catalogDirectory(scratch, r).filter(({ path }) => /^(?:tally|library)\//.test(path));
  assert.deepEqual(foundPackages(facts), listedByR(library));
  assert.deepEqual(
    facts.flatMap(({ path, packages = [] }) => packages.map(() => path)),
    ['library/tally/DESCRIPTION'],
  );
});
