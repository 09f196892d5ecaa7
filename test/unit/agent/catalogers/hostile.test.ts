import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { catalogers } from '../../../../agent/catalogers/index.ts';
import { compileWanted } from '../../../../agent/layers/wanted.ts';
import { CANDIDATES, hostileContents } from '../../../support/hostile-contents.ts';
import { hostileParser } from '../../../support/hostile-parsing.ts';

/** What an agent of 160 MiB has left beside itself for one file: the most that is read of it, and what that becomes. */
const MOST_GROWTH = 128 * 1024 * 1024;

/** Look at the beginning of a file by design, or at nothing but what its headers point to. */
const READ_IN_PART: ReadonlySet<string> = new Set([
  'binary',
  'dotnet',
  'dotnet-assembly',
  'elf-note',
  'embedded-sbom',
  'file-modes',
  'go-binary',
  'java',
  'nix',
  'rust-binary',
  'shells',
  'wordpress',
]);
const READ_WHOLE = /pom\.properties$|\.(?:cdx|spdx)\.json$/;
const ARCHIVE = /\.egg$/;

const parser = hostileParser();
after(() => parser.close());

for (const cataloger of catalogers) {
  test(`${cataloger.id} comes to an end, whatever it reads`, async () => {
    const wanted = compileWanted([cataloger]);
    const paths = CANDIDATES.filter((path) => {
      const isProgram = /^usr\/(?:bin|lib)\/[^/]+$/.test(path);
      return wanted.byName(path).length > 0 || (isProgram && wanted.asProgram(path).length > 0);
    });
    assert.notEqual(paths.length, 0, 'no path that it takes');
    for (const path of paths) {
      for (const [content, { size }] of hostileContents(cataloger.id)) {
        const { end, message, peakGrowth } = await parser.parse({ cataloger: cataloger.id, path, content });
        const what = `${path}, ${content}: ${end} ${message}`;
        assert.ok(end === 'content' || end === 'error', what);
        assert.ok(peakGrowth < MOST_GROWTH, `${what}, ${peakGrowth} bytes`);
        const isCut = content.startsWith('80 MiB of ') && size > 0 && end === 'content';
        if (isCut && !ARCHIVE.test(path) && (READ_WHOLE.test(path) || !READ_IN_PART.has(cataloger.id)))
          assert.match(message, /\d/, what);
      }
    }
  });
}
