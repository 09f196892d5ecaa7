// Joins each program that runs on a node into one file, in place of what tsc compiled: it starts sooner and holds less
// memory than from some hundred files (bench/agent-memory.ts). Names stay as they are, for the sake of stack traces.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, '../dist');
const PROGRAMS = ['agent/main.js', 'agent/layers/scan-worker.js', 'agent/cleanup/remover/main.js'];
/** With code for one processor, to be found in node_modules: reading attributes, and an engine by SSH, which none asks for. */
const NATIVE = ['@napi-rs/xattr', 'ssh2'];
/** What packages in CommonJS expect to be there. */
const COMMON_JS = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const __dirname = import.meta.dirname, __filename = import.meta.filename;`;

for (const program of PROGRAMS) {
  const file = join(dist, program);
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minifyWhitespace: true,
    minifySyntax: true,
    external: NATIVE,
    banner: { js: COMMON_JS },
    plugins: [whereItWas(dirname(file))],
    logLevel: 'warning',
  });
}

/** Has `import.meta.url` say what it said in the file that the code is from: other programs are found by it. */
function whereItWas(folder) {
  return {
    name: 'where-it-was',
    setup({ onLoad }) {
      onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!path.startsWith(dist) || !text.includes('import.meta.url')) return undefined;
        const place = JSON.stringify(`./${relative(folder, path)}`);
        return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
      });
    },
  };
}
