import { join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { languageTree } from './language-owned.ts';
import { ofType } from './language-wording.ts';
import { listTree } from './listings.ts';

const DEBIAN = { name: 'debian-r', pattern: /^r-(?:bioc|cran)-/, every: 16, also: ['r-base-core'] };

const LIST = `
known <- installed.packages(lib.loc = commandArgs(trailingOnly = TRUE), noCache = TRUE)
cat(paste(known[, "Package"], known[, "Version"], sep = "@"), sep = "\\n")
`;

/** Debian's R packages, by R. */
export async function surveyR(place: Workplace): Promise<readonly Comparison[]> {
  const { folder, owned } = await languageTree(place, 'R', DEBIAN);
  const libraries = ['library', 'site-library'].map((name) => join(folder, 'usr/lib/R', name));
  const about = {
    ecosystem: 'r',
    oracle: `installed.packages(), R ${await command('Rscript', ['-e', 'cat(as.character(getRversion()))'])}`,
    subject: "Debian's packages",
    expected: new Set((await command('Rscript', ['-e', LIST, ...libraries])).split('\n')),
  };
  const listings = await listTree(place, folder, { withTrivy: false });
  return [owned, comparison(about, listings, ofType('cran'))];
}
