import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';

/** Specifications have some KB. */
const MAX_BYTES = 256 * 1024;
/** LuaRocks' tree has a directory a rock and one a version in it; elsewhere a rockspec is a recipe. */
const PLACE = /(?:^|\/)rocks(?:-[0-9.]+)?\/([^/]+)\/([^/]+)\/\1-\2\.rockspec$/;
const NAMESPACE = 'rock_namespace';

/** A Lua string: quoted, or in long brackets. Bounds on all that repeats keep hostile programs from being searched for long. */
const STRING = String.raw`(?:"((?:[^"\\\n]|\\.){0,256})"|'((?:[^'\\\n]|\\.){0,256})'|\[\[([^\]]{0,256})\]\])`;
const LICENSE = new RegExp(String.raw`(?<![\w.])license\s{0,64}=\s{0,64}${STRING}`);
const DEPENDENCIES = /(?<![\w.])dependencies\s{0,64}=\s{0,64}\{([^{}]*)\}/;

/**
 * Lua rocks, by the places of their specifications in the trees of LuaRocks. A specification is a Lua program, which is
 * not run: of it come the license and dependencies that are plain strings. Source: LuaRocks, "Rockspec format".
 */
export const lua: Cataloger = {
  id: 'lua',
  version: 1,
  candidates: { suffixes: ['.rockspec'], accepts: (path) => PLACE.test(path) },
  companions: () => [NAMESPACE],
  parse,
};

function parse(file: LayerFile): FactContent {
  const [, name, version] = PLACE.exec(file.path) ?? [];
  if (name === undefined || version === undefined) return {};
  const { text: program, ...cut } = readText(file, MAX_BYTES);
  const text = program.replace(/--(?!\[\[).*$/gm, '');
  const license = stringIn(LICENSE.exec(text));
  return {
    packages: [
      {
        type: 'luarocks',
        name,
        version,
        ...present({
          namespace: namespaceBeside(file),
          licenses: license === '' ? undefined : [license],
          dependencies: filled(dependenciesIn(text)),
        }),
      },
    ],
    ...cut,
  };
}

/** Whose manifest the rock came from, when it was not the common one. */
function namespaceBeside(file: LayerFile): string | undefined {
  const beside = file.sibling(NAMESPACE);
  const namespace = beside === undefined ? '' : readText(beside, 1024).text.trim();
  return /^[\w.-]+$/.test(namespace) ? namespace : undefined;
}

/** `"luasocket >= 3.0"`, `"user/rock"`; the language itself is no rock. */
function dependenciesIn(text: string): readonly string[] {
  const list = DEPENDENCIES.exec(text)?.[1] ?? '';
  const names = [...list.matchAll(new RegExp(STRING, 'g'))].map(
    (match) => /^\s*([\w./-]+)/.exec(stringIn(match))?.[1] ?? '',
  );
  return [...new Set(names.filter((name) => name !== '' && name !== 'lua'))];
}

function stringIn(match: RegExpExecArray | null): string {
  return (match?.slice(1).find((group) => group !== undefined) ?? '').replace(/\\(.)/g, '$1').trim();
}
