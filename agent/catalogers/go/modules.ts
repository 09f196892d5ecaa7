import { linesOf } from '../package-database/text.ts';

/** A module as it was built in. */
export interface GoModule {
  readonly path: string;
  /** With its `v`; `(devel)` for what was built from a working directory; may be empty. */
  readonly version: string;
}

/** The lines of the build information, read. */
export interface GoModules {
  /** Import path of the main package. */
  readonly program: string;
  /** The module that the main package belongs to; absent when built without modules. */
  readonly main?: GoModule;
  /** All other modules, replacements in place of what they replace. */
  readonly dependencies: readonly GoModule[];
  /** Build settings, such as `-ldflags`. */
  readonly settings: ReadonlyMap<string, string>;
  /** True when there were more modules than are read. */
  readonly cut: boolean;
}

/** Ten times as many as the largest programs have. */
const MAX_MODULES = 20_000;
const MAX_SETTINGS = 1000;

/**
 * Reads the lines `path`, `mod`, `dep`, `=>` and `build`, their fields separated by tabs; others are skipped.
 * Source: Go's runtime/debug, BuildInfo.String.
 */
export function parseModules(text: string): GoModules {
  let program = '';
  let main: GoModule | undefined;
  const dependencies: GoModule[] = [];
  const settings = new Map<string, string>();
  let cut = false;
  for (const line of linesOf(text)) {
    if (dependencies.length >= MAX_MODULES) {
      cut = true;
      break;
    }
    const [word, path = '', version = ''] = line.split('\t');
    if (path === '' || path.endsWith('/')) continue;
    if (word === 'path') program = path;
    else if (word === 'mod') main = { path, version };
    else if (word === 'dep') dependencies.push({ path, version });
    else if (word === 'build') addSetting(settings, line.slice('build\t'.length));
    else if (word === '=>') {
      const replaced = dependencies.pop();
      if (replaced !== undefined) dependencies.push(replacement(replaced, { path, version }));
    }
  }
  return { program, ...(main !== undefined && { main }), dependencies, settings, cut };
}

/** A directory in place of a module keeps the module's name, but its version is anyone's guess. */
function replacement(replaced: GoModule, by: GoModule): GoModule {
  const isDirectory = /^(?:\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:)/.test(by.path);
  return isDirectory ? { path: replaced.path, version: '' } : by;
}

function addSetting(settings: Map<string, string>, pair: string): void {
  const equals = pair.indexOf('=');
  if (equals > 0 && settings.size < MAX_SETTINGS)
    settings.set(pair.slice(0, equals), unquoted(pair.slice(equals + 1)));
}

/** Go quotes what holds spaces or quotes, by and large as JSON does. */
function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
