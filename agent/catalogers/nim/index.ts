import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { linesOf, readText } from '../package-database/text.ts';

const MAX_BYTES = 256 * 1024;
/** In Nimble's folder, `pkgs2/NAME-VERSION-CHECKSUM/NAME.nimble`; before version 0.14 without checksum, in `pkgs`. */
const PLACE =
  /(?:^|\/)(?:pkgs2\/([A-Za-z]\w*)-([^/-][^/]*)-[0-9a-f]{40}|pkgs\/([A-Za-z]\w*)-([^/-][^/]*))\/([A-Za-z]\w*)\.nimble$/;
const LICENSE = /^\s*license\s*[=:]\s*"([^"]{1,200})"/i;
const REQUIRES = /^\s*requires\b/i;

/** Packages of Nim that Nimble installed. Source: Nimble's guide, "Package structure" and ".nimble reference". */
export const nim: Cataloger = {
  id: 'nim',
  version: 1,
  candidates: { suffixes: ['.nimble'], accepts: (path) => identityOf(path) !== undefined },
  parse,
};

/** The folder tells name and version: the file may compute its own. */
function identityOf(path: string): { readonly name: string; readonly version: string } | undefined {
  const [, newName, newVersion, oldName, oldVersion, file] = PLACE.exec(path) ?? [];
  const name = newName ?? oldName;
  const version = newVersion ?? oldVersion;
  return name === undefined || version === undefined || name !== file ? undefined : { name, version };
}

function parse(file: LayerFile): FactContent {
  const identity = identityOf(file.path);
  if (identity === undefined) return {};
  const { text, truncated } = readText(file, MAX_BYTES);
  const licenses: string[] = [];
  const dependencies = new Set<string>();
  /** A list of requirements goes on after a comma. */
  let isRequiring = false;
  for (const line of linesOf(text)) {
    const code = line.trimEnd();
    const license = LICENSE.exec(code)?.[1];
    if (license !== undefined) licenses.push(license);
    isRequiring ||= REQUIRES.test(code);
    if (!isRequiring) continue;
    for (const [, requirement = ''] of code.matchAll(/"([^"]*)"/g))
      for (const one of requirement.split(',')) addName(dependencies, one);
    isRequiring = code.endsWith(',');
  }
  dependencies.delete('nim');
  return {
    packages: [
      {
        type: 'nim',
        ...identity,
        ...present({ licenses: filled(licenses), dependencies: filled([...dependencies]) }),
      },
    ],
    ...present({ truncated }),
  };
}

/** Names without the version asked of them; addresses of repositories name none. */
function addName(names: Set<string>, requirement: string): void {
  const name = /^\s*([A-Za-z]\w*)(?=$|[\s<>=#@~^[&])/.exec(requirement)?.[1];
  if (name !== undefined) names.add(name);
}
