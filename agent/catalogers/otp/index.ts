import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';

/** The longest list some hundred modules. */
const MAX_BYTES = 256 * 1024;
const PLACE = /(?:^|\/)ebin\/([a-z][\w@]{0,100})\.app$/;
const NAME = /^\s*\{\s*application\s*,\s*'?([a-z][\w@]*)'?\s*,/;
const VERSION = /\{\s*vsn\s*,\s*"([^"\n]{1,100})"\s*\}/;
const NEEDED = /\{\s*(?:included_)?applications\s*,\s*\[([^\]]{0,4000})\]/g;

/**
 * Applications of Erlang and Elixir, by the resource file beside their compiled modules: those of the runtime itself and of
 * releases. Source: Erlang/OTP, app(4).
 */
export const otp: Cataloger = {
  id: 'otp',
  version: 1,
  candidates: { suffixes: ['.app'], accepts: (path) => PLACE.test(path) },
  parse,
};

function parse(file: LayerFile): FactContent {
  const { text, truncated } = readText(file, MAX_BYTES);
  const terms = withoutComments(text);
  const name = NAME.exec(terms)?.[1];
  const version = VERSION.exec(terms)?.[1];
  // A resource file that is still to be filled in has `%VSN%` for its version.
  if (name === undefined || version === undefined || version.includes('%')) return present({ truncated });
  const dependencies = [...terms.matchAll(NEEDED)].flatMap(
    ([, list = '']) => list.match(/[a-z][\w@]*/g) ?? [],
  );
  return {
    packages: [
      { type: 'otp', name, version, ...present({ dependencies: filled([...new Set(dependencies)]) }) },
    ],
    ...present({ truncated }),
  };
}

/** Comments are lines; a percent sign in the middle of one mostly stands in a text. */
function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('%'))
    .join('\n');
}
