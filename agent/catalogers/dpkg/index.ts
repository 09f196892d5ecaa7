import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readText } from '../package-database/text.ts';
import { parseList, parseSums } from './file-lists.ts';
import { parseParagraph } from './paragraph.ts';
import { parseStatus } from './status.ts';

const DIRECTORY = 'var/lib/dpkg/';
/** Maintainer scripts and lists that lie beside a package's paragraph in `status.d`. */
const NO_PARAGRAPH =
  /\.(?:list|preinst|postinst|prerm|postrm|conffiles|config|templates|triggers|shlibs|symbols)$/;

/**
 * Debian packages: dpkg's database (`status`), the single paragraphs of images that were built without dpkg
 * (`status.d/`), and which files each package has. Only at the image's root: other tools keep files of these names.
 */
export const dpkg: Cataloger = {
  id: 'dpkg',
  version: 1,
  // A paragraph's file is named after its package, which may be anything.
  candidates: { suffixes: [''], accepts: (path) => kindOf(path) !== undefined },
  companions: (path) => (kindOf(path) === 'sums' ? [withoutSuffix(path)] : []),
  parse,
};

type Kind = 'status' | 'paragraph' | 'sums' | 'list';

function kindOf(path: string): Kind | undefined {
  if (!path.startsWith(DIRECTORY)) return undefined;
  const [directory = '', name, ...deeper] = path.slice(DIRECTORY.length).split('/');
  if (name === undefined) return directory === 'status' ? 'status' : undefined;
  if (deeper.length > 0) return undefined;
  if (directory === 'info') return name.endsWith('.list') ? 'list' : undefined;
  if (directory !== 'status.d' || NO_PARAGRAPH.test(name)) return undefined;
  return name.endsWith('.md5sums') ? 'sums' : 'paragraph';
}

function parse(file: LayerFile): FactContent {
  const kind = kindOf(file.path);
  // `NAME:ARCHITECTURE.list` where several architectures may be installed side by side.
  if (kind === 'list') return parseList(file, withoutSuffix(file.path).replace(/:[^:]*$/, ''));
  return kind === 'sums' ? parseSums(file, ownerOf(file)) : parseStatus(file);
}

/** The paragraph's own name counts: older distroless images cut the file's name at a dot. */
function ownerOf(sums: LayerFile): string {
  const name = withoutSuffix(sums.path);
  const paragraph = sums.sibling(name);
  if (paragraph === undefined) return name;
  return parseParagraph(readText(paragraph, 64 * 1024).text, new Set(['package'])).get('package') || name;
}

/** The last segment without its last ending. */
function withoutSuffix(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('.'));
}
