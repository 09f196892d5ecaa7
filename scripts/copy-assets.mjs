// Puts beside the compiled sources in dist/ what they read when they run and tsc does not carry over:
// generated JavaScript, SQL, and files of the web page.
import { cpSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { include, compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));

// The sources are compiled, declarations and protocol definitions are for people and tools.
const LEFT_OUT = new Set(['.ts', '.tsx', '.mts', '.proto', '.md', '.yaml']);

for (const folder of include) {
  cpSync(join(root, folder), join(root, compilerOptions.outDir, folder), {
    recursive: true,
    filter: (source) => !LEFT_OUT.has(extname(source)),
  });
}
