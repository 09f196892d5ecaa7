import type { GoModules } from './modules.ts';
import { releaseIn } from './release.ts';

/** Variables that programs keep their own version in, by custom. */
const VARIABLES: ReadonlySet<string> = new Set([
  'appversion',
  'buildversion',
  'gittag',
  'gitversion',
  'releaseversion',
  'tag',
  'ver',
  'version',
  'versionstring',
]);

/** Of the linker's orders; programs give it some hundred bytes. */
const MAX_FLAGS_LENGTH = 64 * 1024;

/**
 * The version that the linker was told to write into a variable (`-ldflags "-X main.version=1.2.3"`), with a `v`.
 * A variable of package main counts first, then those of the program's module, then any, as programs share the
 * version packages of libraries. Empty when there is none, or when equals disagree.
 */
export function linkedVersion({ settings }: GoModules, modulePath: string): string {
  const flags = (settings.get('-ldflags') ?? '').slice(0, MAX_FLAGS_LENGTH);
  const found = [...flags.matchAll(/-X(?:\s+|=)["']?([^\s"'=]+)=([^\s"']+)/g)]
    .map(([, variable = '', value = '']) => ({ variable, value: releaseIn(value) }))
    .filter(({ variable }) => VARIABLES.has(nameOf(variable).toLowerCase()));
  const packages = [
    (name: string) => name === 'main',
    (name: string) => name === modulePath || name.startsWith(`${modulePath}/`),
    () => true,
  ];
  for (const counts of packages) {
    const values = new Set(
      found.flatMap(({ variable, value }) =>
        value !== undefined && counts(packageOf(variable)) ? [value] : [],
      ),
    );
    if (values.size > 1) return '';
    for (const value of values) return value;
  }
  return '';
}

function nameOf(variable: string): string {
  return variable.slice(variable.lastIndexOf('.') + 1);
}

function packageOf(variable: string): string {
  return variable.slice(0, Math.max(0, variable.lastIndexOf('.')));
}
