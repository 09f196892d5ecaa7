import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { readSerialized, type PhpValue } from './php-serialized.ts';

/** The largest packages list a thousand files in 1 MiB. */
const MAX_BYTES = 16 * 1024 * 1024;
const DEFAULT_CHANNEL = 'pear.php.net';

/**
 * Reads one package's entry in PEAR's registry: its package.xml as a PHP array, of version 2 or 1, and where its files
 * were put. Source: PEAR_Registry, PEAR_PackageFile_v2.
 */
export function parseEntry(file: LayerFile): FactContent {
  if (file.size === 0) return {};
  if (file.size > MAX_BYTES) return { truncated: `not read: larger than ${MAX_BYTES} bytes` };
  const entry = readSerialized(file.read(0, file.size));
  const name = textAt(entry, 'name') ?? textAt(entry, 'package');
  const version = textAt(entry, 'version', 'release') ?? textAt(entry, 'version');
  if (name === undefined || version === undefined) return {};
  const files = claimCollector();
  for (const one of members(at(entry, 'filelist'))) files.add(name, textAt(one, 'installed_as') ?? '');
  return {
    packages: [
      {
        type: 'pear',
        namespace: textAt(entry, 'channel') ?? DEFAULT_CHANNEL,
        name,
        version,
        ...present({ licenses: filled(licensesOf(entry)), dependencies: filled(dependenciesOf(entry)) }),
      },
    ],
    claims: files.claims(),
    ...present({ truncated: files.truncated() }),
  };
}

function licensesOf(entry: PhpValue): readonly string[] {
  const license = at(entry, 'license') ?? at(entry, 'release_license');
  // An element with attributes keeps its text apart from them.
  return [license, at(license, '_content')].filter(
    (one) => typeof one === 'string' && one !== '',
  ) as string[];
}

/** Packages that are required; PHP itself and the installer stand beside them. Several are a list, one is itself. */
function dependenciesOf(entry: PhpValue): readonly string[] {
  const required = at(entry, 'dependencies', 'required', 'package');
  const list = textAt(required, 'name') === undefined ? members(required) : [required];
  return list.flatMap((one) => {
    const name = textAt(one, 'name');
    return name === undefined ? [] : [`${textAt(one, 'channel') ?? DEFAULT_CHANNEL}/${name}`];
  });
}

function at(value: PhpValue | undefined, ...keys: readonly string[]): PhpValue | undefined {
  let current = value;
  for (const key of keys) current = current instanceof Map ? (current.get(key) as PhpValue) : undefined;
  return current;
}

function textAt(value: PhpValue | undefined, ...keys: readonly string[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function members(value: PhpValue | undefined): readonly PhpValue[] {
  return value instanceof Map ? [...(value.values() as Iterable<PhpValue>)] : [];
}
