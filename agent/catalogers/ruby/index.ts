import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readText } from '../package-database/text.ts';
import { hasStub, readGemspec } from './gemspec.ts';
import { gemspecPlace } from './place.ts';

/** Installed specifications have some KB. */
const MAX_BYTES = 1024 * 1024;

/** Ruby gems, by the specifications of those that are installed. */
export const ruby: Cataloger = {
  id: 'ruby',
  version: 1,
  candidates: { suffixes: ['.gemspec'], accepts: (path) => gemspecPlace(path) !== undefined },
  parse: parseGemspec,
};

function parseGemspec(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_BYTES);
  // A checkout also has specifications that Bundler did not rewrite, since it does not use them.
  if (gemspecPlace(file.path) === 'checkout' && !hasStub(text)) return {};
  const record = readGemspec(text);
  return record === undefined ? cut : { packages: [record], ...cut };
}
