// Joins each program that runs on a node into one file, in place of what tsc compiled: it starts sooner and holds less
// memory than from some hundred files (bench/agent-memory.ts). Names stay as they are, for the sake of stack traces.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, '../dist');
const PROGRAMS = ['agent/main.js', 'agent/cleanup/remover/main.js'];
/** Started anew for an image that comes after a while without any. */
const THREAD = 'agent/layers/scan-worker.js';
/** With code for one processor, to be found in node_modules: reading attributes, and an engine by SSH, which none asks for. */
const NATIVE = ['@napi-rs/xattr', 'ssh2'];
/** What packages in CommonJS expect to be there. */
const COMMON_JS = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const __dirname = import.meta.dirname, __filename = import.meta.filename;`;

for (const program of PROGRAMS) {
  const file = join(dist, program);
  await joined(file, file, { format: 'esm', banner: { js: COMMON_JS } });
}
await joinedAndCompiled(join(dist, THREAD));

async function joined(file, outfile, options) {
  await build({
    entryPoints: [file],
    outfile,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    minifyWhitespace: true,
    minifySyntax: true,
    external: NATIVE,
    plugins: [whereItWas(dirname(file))],
    logLevel: 'warning',
    ...options,
  });
}

/**
 * Keeps what V8 makes of a program's code beside it, all functions included. A Node of another version does not take it, and
 * compiles the code as usual; so does one under other flags than here, which are V8's own (platform/small-memory.ts).
 */
async function joinedAndCompiled(file) {
  const code = file.replace(/\.js$/, '.code.cjs');
  const made = file.replace(/\.js$/, '.code.bin');
  await joined(file, code, {
    format: 'cjs',
    banner: { js: '(function(require){' },
    footer: { js: '})' },
    // Scripts compiled so cannot import.
    supported: { 'dynamic-import': false },
  });
  setFlagsFromString('--no-lazy');
  const script = new Script(readFileSync(code, 'utf8'));
  // Before it is written down, for the flags are written with it.
  setFlagsFromString('--lazy');
  writeFileSync(made, script.createCachedData());
  writeFileSync(
    file,
    `import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
const filename = import.meta.dirname + '/${basename(code)}';
const cachedData = readFileSync(import.meta.dirname + '/${basename(made)}');
new Script(readFileSync(filename, 'utf8'), { filename, cachedData }).runInThisContext()(createRequire(import.meta.url));
`,
  );
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
