import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';

const MAX_BYTES = 1024 * 1024;
/** What a switch says of each package that it has installed; the name may hold no dot, the version may. */
const PLACE = /(?:^|\/)\.opam-switch\/packages\/([A-Za-z0-9_+-]+)\.([^/]+)\/opam$/;
const LICENSE = /^license:\s*(\[[^\]]{0,2000}\]|"[^"\n]*")/m;
const DEPENDS = /^depends:\s*\[/m;

/** Packages of OCaml that opam installed. Source: the opam manual, "Package definitions". */
export const opam: Cataloger = {
  id: 'opam',
  version: 1,
  candidates: { basenames: ['opam'], accepts: (path) => PLACE.test(path) },
  parse,
};

function parse(file: LayerFile): FactContent {
  const [, name = '', version = ''] = PLACE.exec(file.path) ?? [];
  const { text, truncated } = readText(file, MAX_BYTES);
  return {
    packages: [
      {
        type: 'opam',
        name,
        version,
        ...present({
          licenses: filled(stringsIn(LICENSE.exec(text)?.[1] ?? '')),
          dependencies: filled(dependenciesOf(text)),
        }),
      },
    ],
    ...present({ truncated }),
  };
}

/** Names are texts outside of the braces that hold their versions and conditions. */
function dependenciesOf(text: string): readonly string[] {
  const start = DEPENDS.exec(text);
  if (start === null) return [];
  const names = new Set<string>();
  let braces = 0;
  for (let at = start.index + start[0].length; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{') braces += 1;
    else if (character === '}') braces -= 1;
    else if (character === ']' && braces === 0) break;
    else if (character === '"') {
      const end = text.indexOf('"', at + 1);
      if (end < 0) break;
      if (braces === 0) names.add(text.slice(at + 1, end));
      at = end;
    }
  }
  names.delete('');
  return [...names];
}

function stringsIn(list: string): readonly string[] {
  return [...list.matchAll(/"([^"\n]+)"/g)].map(([, one = '']) => one);
}
