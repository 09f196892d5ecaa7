import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import parse from 'spdx-expression-parse';
import { dpkgCopyright } from '../../agent/catalogers/dpkg-copyright/index.ts';
import { licenseExpression } from '../../core/licenses/declared.ts';
import { bufferFile } from '../support/layer-file.ts';

/** Debian's own: another Python on PATH lacks its modules. */
const PYTHON = '/usr/bin/python3';

/** Short names of all licenses that apply, by path, as the Debian project's own library reads them. */
const READ = `
import glob, io, json, logging, sys
from debian import copyright
logging.disable(logging.CRITICAL)
found = {}
for path in glob.glob('/usr/share/doc/*/copyright'):
    try:
        text = open(path, encoding='utf-8', errors='replace').read()
        document = copyright.Copyright(io.StringIO(text), strict=False)
    except Exception:
        continue
    applied = [document.header] + list(document.all_files_paragraphs())
    names = {one.license.synopsis.strip() for one in applied if one.license and one.license.synopsis}
    if not names:
        names = {one.license.synopsis.strip() for one in document.all_license_paragraphs() if one.license.synopsis}
    if names:
        found[path] = sorted(names)
json.dump(found, sys.stdout)
`;

function needsDebianModule(): false | string {
  return spawnSync(PYTHON, ['-c', 'import debian.copyright']).status === 0 ? false : 'needs python3-debian';
}

function licensesOf(path: string): readonly string[] {
  return dpkgCopyright.parse(bufferFile(path.slice(1), readFileSync(path))).licenses ?? [];
}

describe('copyright files of all packages here', { skip: needsDebianModule() }, () => {
  let read: Readonly<Record<string, readonly string[]>> = {};
  before(
    () => {
      const output = execFileSync(PYTHON, ['-c', READ], {
        encoding: 'utf8',
        maxBuffer: 1e8,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      read = JSON.parse(output) as typeof read;
    },
    { timeout: 300_000 },
  );

  test("machine-readable ones name the licenses that Debian's own library reads", () => {
    assert.ok(Object.keys(read).length > 20);
    for (const [path, names] of Object.entries(read))
      assert.deepEqual(licensesOf(path).toSorted(), names.toSorted(), path);
  });

  test('what is made of them is valid', (t) => {
    const counts = { files: 0, licenses: 0, expressions: 0, 'of identifiers alone': 0 };
    for (const path of globSync('/usr/share/doc/*/copyright')) {
      const licenses = licensesOf(path);
      const expression = licenseExpression({ type: 'deb', licenses });
      counts.files += 1;
      if (licenses.length > 0) counts.licenses += 1;
      if (expression === undefined) continue;
      assert.doesNotThrow(() => parse(expression), `${path}: ${expression}`);
      counts.expressions += 1;
      if (!expression.includes('LicenseRef-')) counts['of identifiers alone'] += 1;
    }
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.licenses > counts.files / 2);
  });
});
