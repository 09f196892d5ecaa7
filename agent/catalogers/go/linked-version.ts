import type { GoModules } from './modules.ts';

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

/** Not `0.0.0`, which stands for no version. */
const RELEASE = /^(?!v?0\.0\.0$)v?\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.+-]*)?$/;

/**
 * The version that the linker was told to write into a variable (`-ldflags "-X main.version=1.2.3"`), with a `v`.
 * A variable of package main counts first, then those of the program's module, then any, as programs share the
 * version packages of libraries. Empty when there is none, or when equals disagree.
 */
export function linkedVersion({ settings }: GoModules, modulePath: string): string {
  const flags = (settings.get('-ldflags') ?? '').slice(0, MAX_FLAGS_LENGTH);
  const found = [...flags.matchAll(/-X(?:\s+|=)["']?([^\s"'=]+)=([^\s"']+)/g)]
    .map(([, variable = '', value = '']) => ({ variable, value }))
    .filter(({ variable, value }) => VARIABLES.has(nameOf(variable).toLowerCase()) && RELEASE.test(value));
  const packages = [
    (name: string) => name === 'main',
    (name: string) => name === modulePath || name.startsWith(`${modulePath}/`),
    () => true,
  ];
  for (const counts of packages) {
    const values = new Set(
      found.filter(({ variable }) => counts(packageOf(variable))).map(({ value }) => value),
    );
    if (values.size > 1) return '';
    for (const value of values) return value.startsWith('v') ? value : `v${value}`;
  }
  return '';
}

function nameOf(variable: string): string {
  return variable.slice(variable.lastIndexOf('.') + 1);
}

function packageOf(variable: string): string {
  return variable.slice(0, Math.max(0, variable.lastIndexOf('.')));
}
