import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector, type ClaimCollector } from '../package-database/claims.ts';
import { isObject, readJson, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';

/** The largest packages list 50,000 files, each twice, in 20 MiB. */
const MAX_BYTES = 64 * 1024 * 1024;
/** The directory before it is the environment. */
const PLACE = /^(.*\/)?conda-meta\/[^/]+\.json$/;

/** conda packages, by the record that conda keeps of each in its environment, and their files. */
export const conda: Cataloger = {
  id: 'conda',
  version: 1,
  candidates: { suffixes: ['.json'], accepts: (path) => PLACE.test(path) },
  parse,
};

/** Source: conda's PrefixRecord; the fields of a package are those of its index.json. */
function parse(file: LayerFile): FactContent {
  const { value, ...cut } = readJson(file, MAX_BYTES);
  if (!isObject(value)) return cut;
  const name = textOf(value['name']);
  const version = textOf(value['version']);
  if (name === undefined || version === undefined) return cut;
  const files = claimCollector();
  addFiles(files, name, PLACE.exec(file.path)?.[1] ?? '', value['files']);
  return {
    packages: [
      {
        type: 'conda',
        name,
        version,
        ...present({
          licenses: filled(textsOf(value['license'])),
          dependencies: filled(dependenciesOf(value['depends'])),
          qualifiers: qualifiersOf(value),
        }),
      },
    ],
    claims: files.claims(),
    ...present({ truncated: files.truncated() }),
  };
}

function addFiles(files: ClaimCollector, owner: string, environment: string, list: unknown): void {
  if (!Array.isArray(list)) return;
  for (const path of list as readonly unknown[]) {
    // What Python compiles at will is nobody's evidence, and would double the list.
    if (typeof path === 'string' && !path.endsWith('.pyc')) files.add(owner, environment + path);
  }
}

function qualifiersOf(record: JsonObject): Readonly<Record<string, string>> | undefined {
  const subdir = textOf(record['subdir']);
  const [, type] = /\.(conda|tar\.bz2)$/.exec(textOf(record['fn']) ?? '') ?? [];
  const qualifiers = present({
    build: textOf(record['build']) ?? textOf(record['build_string']),
    channel: channelName(textOf(record['channel']) ?? '', subdir),
    subdir,
    type,
  });
  return Object.keys(qualifiers).length === 0 ? undefined : qualifiers;
}

/** A channel is stated by its name or by the address of its directory for one platform. */
function channelName(channel: string, subdir: string | undefined): string | undefined {
  const segments = channel.split('/').filter((segment) => segment !== '');
  if (segments.at(-1) === subdir || segments.at(-1) === 'noarch') segments.pop();
  return segments.at(-1);
}

/** Names without the version asked of them; what begins with two underscores is a property of the machine. */
function dependenciesOf(depends: unknown): readonly string[] {
  const names = textsOf(depends).map((one) => one.replace(/^.*::/, '').split(/[\s=<>!~]/, 1)[0] ?? '');
  return [...new Set(names.filter((name) => name !== '' && !name.startsWith('__')))];
}
