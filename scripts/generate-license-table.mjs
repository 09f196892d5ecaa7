// Writes core/licenses/spdx-table.ts: the identifiers of SPDX's license list, from the npm packages spdx-license-ids and
// spdx-exceptions, which spdx-expression-parse brings along. Run it after they were updated.
// With --check it writes nothing, and fails where the file is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = join(root, 'core/licenses/spdx-table.ts');

function contentOf(path) {
  return JSON.parse(readFileSync(join(root, 'node_modules', path), 'utf8'));
}

function constant(name, comment, words) {
  return `/** ${comment} */\nexport const ${name} =\n  '${words.toSorted().join(' ')}';\n`;
}

const source = [
  '// Made by scripts/generate-license-table.mjs; not to be edited.',
  `// Source: npm packages spdx-license-ids ${contentOf('spdx-license-ids/package.json').version} and`,
  `// spdx-exceptions ${contentOf('spdx-exceptions/package.json').version}, which follow spdx.org/licenses.\n`,
  constant(
    'LICENSE_IDS',
    'Identifiers of licenses, a blank between them.',
    contentOf('spdx-license-ids/index.json'),
  ),
  constant(
    'DEPRECATED_IDS',
    'Identifiers that SPDX has replaced.',
    contentOf('spdx-license-ids/deprecated.json'),
  ),
  constant(
    'EXCEPTION_IDS',
    'Identifiers of exceptions, which stand after WITH.',
    contentOf('spdx-exceptions/index.json'),
  ),
].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(target, source);
} else if (readFileSync(target, 'utf8') !== source) {
  console.error(
    'core/licenses/spdx-table.ts is older than its sources: run node scripts/generate-license-table.mjs',
  );
  process.exitCode = 1;
}
