import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Workplace } from './workplace.ts';

const ROOT = join(import.meta.dirname, '../..');
const COPIED = 'agent bench cli collector core platform proto scripts test package.json tsconfig.json'.split(
  ' ',
);

/**
 * Compiles the product and the benchmarks as `npm run build` does, in a folder of the benchmark's own: what is measured
 * is what ships, not sources whose types are taken off on loading. Returns the folder that holds the JavaScript.
 */
export async function compiled(place: Workplace): Promise<string> {
  const copy = join(place.folder, 'compiled');
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const build = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
  const include = [...build.include, 'bench', 'test/support'];
  writeFileSync(join(copy, 'tsconfig.build.json'), JSON.stringify({ ...build, include }));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const tools = join(ROOT, 'node_modules/.bin');
  const environment = [`PATH=${tools}:${process.env['PATH'] ?? ''}`];
  await command('env', [...environment, 'npm', 'run', '--silent', 'build'], copy);
  return join(copy, 'dist');
}
