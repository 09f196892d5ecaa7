import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { eachLine, readText } from '../package-database/text.ts';
import { parseSections, sectionReader } from './sections.ts';

/** Descriptions have some KB. */
const MAX_DESCRIPTION_BYTES = 256 * 1024;
/** The longest lists of Arch have some MiB. */
const MAX_FILES_BYTES = 16 * 1024 * 1024;

/** Reads `desc`: what is known of an installed package. */
export function parseDescription(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_DESCRIPTION_BYTES);
  const sections = parseSections(text);
  const value = (section: string): string | undefined => sections.get(section)?.[0];
  const name = value('NAME');
  const version = value('VERSION');
  if (name === undefined || version === undefined) return cut;
  const base = value('BASE');
  return {
    packages: [
      {
        type: 'alpm',
        name,
        version,
        source: { name: base ?? name, version },
        ...present({
          architecture: value('ARCH'),
          licenses: filled(sections.get('LICENSE') ?? []),
          vendor: value('PACKAGER'),
          dependencies: filled(packageNames(sections.get('DEPENDS') ?? [])),
        }),
      },
    ],
    ...cut,
  };
}

/** Reads `files`: a package's files, and the directories on the way to them, which end in a slash. */
export function parseFiles(file: LayerFile): FactContent {
  const owner = ownerOf(file);
  const files = claimCollector();
  const take = sectionReader((section, path) => {
    if (section === 'FILES' && !path.endsWith('/')) files.add(owner, path);
  });
  const cut = eachLine(file, MAX_FILES_BYTES, take);
  return { claims: files.claims(), ...present({ truncated: cut ?? files.truncated() }) };
}

/** As the description beside it says; else by the directory's name, `name-version-release`. */
function ownerOf(file: LayerFile): string {
  const description = file.sibling('desc');
  const text = description === undefined ? '' : readText(description, MAX_DESCRIPTION_BYTES).text;
  const directory = file.path.split('/').at(-2) ?? '';
  return parseSections(text).get('NAME')?.[0] ?? directory.replace(/-[^-]+-[^-]+$/, '');
}

/** Names without the version asked of them; libraries (`libx.so=1-64`) are no packages. */
function packageNames(dependencies: readonly string[]): readonly string[] {
  const names = dependencies.map((one) => one.replace(/[<>=].*$/s, '').trim());
  return [...new Set(names.filter((name) => name !== '' && !name.endsWith('.so')))];
}
