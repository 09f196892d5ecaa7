import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { isObject, objectsOf, readJson, textOf, type JsonObject } from '../package-database/json.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';
import { formulaLicense } from './formula.ts';

const RECEIPT = 'INSTALL_RECEIPT.json';
const MAX_RECEIPT_BYTES = 1024 * 1024;
const MAX_FORMULA_BYTES = 1024 * 1024;

/** What a package of Homebrew has to itself, its keg, is the folder `Cellar/NAME/VERSION`. */
const RECEIPT_PATH = /^(?:(.+)\/)?Cellar\/([^/]+)\/([^/]+)\/INSTALL_RECEIPT\.json$/;
const FORMULA_PATH = /(?:^|\/)Cellar\/([^/]+)\/[^/]+\/\.brew\/([^/]+)\.rb$/;

/** The tap that a purl of this type means when it names none. */
const DEFAULT_TAP = 'homebrew/core';

/**
 * Packages of Homebrew, wherever its prefix is, by the receipt in each keg; their licenses by the formula beside it.
 * A keg's programs yield no second package. Source: Homebrew, Library/Homebrew/tab.rb, and its Formula Cookbook.
 */
export const homebrew: Cataloger = {
  id: 'homebrew',
  version: 1,
  candidates: {
    basenames: [RECEIPT],
    suffixes: ['.rb'],
    accepts: (path) => RECEIPT_PATH.test(path) || isFormula(path),
  },
  parse: (file) => (file.path.endsWith(RECEIPT) ? parseReceipt(file) : parseFormula(file)),
};

function isFormula(path: string): boolean {
  const match = FORMULA_PATH.exec(path);
  return match !== null && match[1] === match[2];
}

function parseReceipt(file: LayerFile): FactContent {
  const [, , name = '', version = ''] = RECEIPT_PATH.exec(file.path) ?? [];
  const { value, truncated } = readJson(file, MAX_RECEIPT_BYTES);
  const receipt: JsonObject = isObject(value) ? value : {};
  const source = isObject(receipt['source']) ? receipt['source'] : {};
  const tap = textOf(source['tap'])?.toLowerCase();
  return {
    packages: [
      {
        type: 'brew',
        name,
        version,
        ...present({
          namespace: tap === DEFAULT_TAP ? undefined : tap,
          architecture: textOf(receipt['arch']),
          dependencies: filled(dependenciesOf(receipt)),
        }),
      },
    ],
    claims: [{ owner: name, files: [], folders: [file.path.slice(0, -RECEIPT.length - 1)] }],
    ...present({ truncated }),
  };
}

/** Old receipts do not say which of all dependencies are direct. A formula of another tap has that before its name. */
function dependenciesOf(receipt: JsonObject): readonly string[] {
  const names = objectsOf(receipt['runtime_dependencies'])
    .filter((one) => one['declared_directly'] !== false)
    .flatMap((one) => textOf(one['full_name'])?.split('/').at(-1) ?? []);
  return [...new Set(names)];
}

function parseFormula(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_FORMULA_BYTES);
  const license = formulaLicense(text);
  return { ...(license !== undefined && { licenses: [license] }), ...cut };
}
