import type { FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { parseParagraph, relationNames } from '../dpkg/paragraph.ts';
import { parseStatus } from '../dpkg/status.ts';
import { claimCollector } from '../package-database/claims.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { eachLine, readText } from '../package-database/text.ts';

const MAX_CONTROL_BYTES = 256 * 1024;
const MAX_LIST_BYTES = 8 * 1024 * 1024;

const WANTED: ReadonlySet<string> = new Set([
  'package',
  'version',
  'architecture',
  'sourcename',
  'license',
  'maintainer',
  'depends',
]);

/** Reads `status`: paragraphs as dpkg has them. `Source` there is a path in the tree that built the package. */
export function parseOpkgStatus(file: LayerFile): FactContent {
  const { packages = [], ...rest } = parseStatus(file);
  return { packages: packages.map(withoutSource), ...rest };
}

function withoutSource({ name, version, ...fields }: PackageRecord): PackageRecord {
  const { architecture, vendor, flags, dependencies } = fields;
  return { type: 'opkg', name, version, ...present({ architecture, vendor, flags, dependencies }) };
}

/** Reads `info/NAME.control`: what an installed package says of itself, its license and source among it. */
export function parseControl(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_CONTROL_BYTES);
  const fields = parseParagraph(text, WANTED);
  const name = fields.get('package');
  const version = fields.get('version');
  if (!name || !version) return cut;
  const source = fields.get('sourcename');
  const license = fields.get('license');
  const dependencies = relationNames(fields.get('depends')).flatMap(([first]) => first ?? []);
  return {
    packages: [
      {
        type: 'opkg',
        name,
        version,
        ...present({
          architecture: fields.get('architecture') || undefined,
          source: source ? { name: source, version } : undefined,
          licenses: license ? [license] : undefined,
          vendor: fields.get('maintainer') || undefined,
          dependencies: filled([...new Set(dependencies)]),
        }),
      },
    ],
    ...cut,
  };
}

/** Reads `info/NAME.list`: a path a line; Yocto's opkg adds mode and link target after tabs. */
export function parseFileList(file: LayerFile, owner: string): FactContent {
  const files = claimCollector();
  const cut = eachLine(file, MAX_LIST_BYTES, (line) => {
    const [path = ''] = line.split('\t', 1);
    if (path.startsWith('/') && !path.endsWith('/')) files.add(owner, path);
  });
  return { claims: files.claims(), ...present({ truncated: cut ?? files.truncated() }) };
}
