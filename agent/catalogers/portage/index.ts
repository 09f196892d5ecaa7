import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { eachLine, readText } from '../package-database/text.ts';
import { dependencyAtoms, splitNameVersion } from './atoms.ts';

/** The kernel's sources have 80,000 files. */
const MAX_CONTENTS_BYTES = 16 * 1024 * 1024;
const MAX_FIELD_BYTES = 256 * 1024;

/**
 * Packages of Gentoo and its kin, from Portage's database. Category, name and version stand in the path alone;
 * `CONTENTS` lists the files, and further fields lie beside it, a file each. Source: portage(5), "/var/db/pkg".
 */
export const portage: Cataloger = {
  id: 'portage',
  version: 2,
  candidates: { basenames: ['CONTENTS'], accepts: (path) => identityOf(path) !== undefined },
  companions: () => ['LICENSE', 'RDEPEND'],
  parse,
};

interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

function identityOf(path: string): Identity | undefined {
  const folder = databaseFolder('portage', path);
  if (folder === undefined) return undefined;
  const [namespace, directory = ''] = path.slice(folder.length + 1).split('/');
  const parts = splitNameVersion(directory);
  return namespace === undefined || parts === undefined ? undefined : { namespace, ...parts };
}

function parse(file: LayerFile): FactContent {
  const identity = identityOf(file.path);
  if (identity === undefined) return {};
  const files = claimCollector();
  const cut = eachLine(file, MAX_CONTENTS_BYTES, (line) => files.add(identity.name, pathIn(line)));
  const license = fieldBeside(file, 'LICENSE');
  return {
    packages: [
      {
        type: 'ebuild',
        ...identity,
        ...present({
          licenses: license === '' ? undefined : [license],
          dependencies: filled(dependencyAtoms(fieldBeside(file, 'RDEPEND'))),
        }),
      },
    ],
    claims: files.claims(),
    ...present({ truncated: cut ?? files.truncated() }),
  };
}

/** `obj PATH MD5 TIME`, `sym PATH -> TARGET TIME`; paths may hold blanks. Directories are shared. */
function pathIn(line: string): string {
  if (line.startsWith('obj ')) return /^obj (.+) [0-9a-f]{1,128} \d{1,20}$/i.exec(line)?.[1] ?? '';
  if (!line.startsWith('sym ')) return '';
  const arrow = line.indexOf(' -> ', 'sym '.length);
  return arrow === -1 ? '' : line.slice('sym '.length, arrow);
}

function fieldBeside(file: LayerFile, name: string): string {
  const field = file.sibling(name);
  return field === undefined ? '' : readText(field, MAX_FIELD_BYTES).text.replace(/\s+/g, ' ').trim();
}
