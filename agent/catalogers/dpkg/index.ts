import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readText } from '../package-database/text.ts';
import { parseList, parseSums } from './file-lists.ts';
import { parseParagraph } from './paragraph.ts';
import { parseStatus, parseUpdate } from './status.ts';

/** Maintainer scripts and lists that lie beside a package's paragraph in `status.d`. */
const NO_PARAGRAPH =
  /\.(?:list|preinst|postinst|prerm|postrm|conffiles|config|templates|triggers|shlibs|symbols)$/;

/**
 * Debian packages: dpkg's database (`status`) and its journal (`updates/`), the single paragraphs of images that were built
 * without dpkg (`status.d/`), and which files each package has. Other tools keep files of these names: merging tells them
 * apart by place.
 */
export const dpkg: Cataloger = {
  id: 'dpkg',
  version: 2,
  candidates: {
    // A paragraph's file is named after its package, which may be anything.
    suffixes: [''],
    accepts: (path) => mayBe(path) && kindOf(path) !== undefined,
  },
  companions: (path) => (kindOf(path) === 'sums' ? [withoutSuffix(path)] : []),
  parse,
};

/** Tells nearly every other name apart, of which there are many; a pattern takes three times as long. */
function mayBe(path: string): boolean {
  return (
    path.endsWith('status') ||
    path.endsWith('.list') ||
    path.includes('/updates/') ||
    path.includes('/status.d/')
  );
}

type Kind = 'status' | 'update' | 'paragraph' | 'sums' | 'list';

function kindOf(path: string): Kind | undefined {
  const folder = databaseFolder('dpkg', path);
  if (folder === undefined) return undefined;
  const [directory, name = ''] = path.slice(folder.length + 1).split('/');
  if (directory === 'status') return 'status';
  if (directory === 'info') return 'list';
  if (directory === 'updates') return 'update';
  if (NO_PARAGRAPH.test(name)) return undefined;
  return name.endsWith('.md5sums') ? 'sums' : 'paragraph';
}

function parse(file: LayerFile): FactContent {
  const kind = kindOf(file.path);
  // `NAME:ARCHITECTURE.list` where several architectures may be installed side by side.
  if (kind === 'list') return parseList(file, withoutSuffix(file.path).replace(/:[^:]*$/, ''));
  if (kind === 'sums') return parseSums(file, ownerOf(file));
  return kind === 'update' ? parseUpdate(file) : parseStatus(file);
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
