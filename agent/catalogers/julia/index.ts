import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { linesOf, readText } from '../package-database/text.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';

const MAX_BYTES = 1024 * 1024;
/** In a depot, `packages/NAME/SLUG`: the slug is made of the package's digest. */
const PLACE = /(?:^|\/)packages\/([A-Za-z]\w*)\/[A-Za-z0-9]{4,8}\/(?:Julia)?Project\.toml$/;
const PAIR = /^\s*([A-Za-z_]\w*)\s*=\s*"([^"]*)"\s*(?:#.*)?$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Packages of Julia that lie in a depot. Their UUID tells them apart from others of the same name.
 * Source: Julia's Pkg, "Project.toml and Manifest.toml".
 */
export const julia: Cataloger = {
  id: 'julia',
  version: 1,
  candidates: { basenames: ['Project.toml', 'JuliaProject.toml'], accepts: (path) => PLACE.test(path) },
  parse,
};

function parse(file: LayerFile): FactContent {
  const { text, truncated } = readText(file, MAX_BYTES);
  const fields = new Map<string, string>();
  const dependencies: string[] = [];
  let table = '';
  for (const line of linesOf(text)) {
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header !== null) table = header[1]?.trim() ?? '';
    const [, key, value = ''] = PAIR.exec(line) ?? [];
    if (key === undefined) continue;
    if (table === '') fields.set(key, value);
    else if (table === 'deps') dependencies.push(key);
  }
  const [name, version, uuid = ''] = [fields.get('name'), fields.get('version'), fields.get('uuid')];
  if (!name || !version || !UUID.test(uuid)) return present({ truncated });
  return {
    packages: [
      {
        type: 'julia',
        name,
        version,
        qualifiers: { uuid: uuid.toLowerCase() },
        ...present({ dependencies: filled(dependencies) }),
      },
    ],
    ...present({ truncated }),
  };
}
