import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { parseParagraph, relationNames } from '../dpkg/paragraph.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';

/** Descriptions have some KB. */
const MAX_BYTES = 256 * 1024;
const FIELDS: ReadonlySet<string> = new Set([
  'built',
  'depends',
  'imports',
  'license',
  'linkingto',
  'maintainer',
  'package',
  'version',
]);

/**
 * R packages, by the DESCRIPTION of those that are installed: installing adds the field `Built`, which the same file
 * among a package's sources lacks. Source: Writing R Extensions, "The DESCRIPTION file".
 */
export const r: Cataloger = {
  id: 'r',
  version: 1,
  candidates: { basenames: ['DESCRIPTION'], accepts: () => true },
  parse,
};

function parse(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_BYTES);
  const fields = parseParagraph(text, FIELDS);
  const name = fields.get('package');
  const version = fields.get('version');
  if (!name || !version || !fields.get('built')) return cut;
  const license = fields.get('license');
  const needed = ['depends', 'imports', 'linkingto'].flatMap((field) =>
    relationNames(fields.get(field)).flat(),
  );
  return {
    packages: [
      {
        type: 'cran',
        name,
        version,
        ...present({
          licenses: license ? [license.replace(/\s+/g, ' ')] : undefined,
          vendor: fields.get('maintainer')?.replace(/\s+/g, ' ') || undefined,
          dependencies: filled([...new Set(needed.filter((one) => one !== 'R'))]),
        }),
      },
    ],
    ...cut,
  };
}
