import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { isObject, readJson, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const PLACE = /(?:^|\/)\.meta\/[^/]+\/install\.json$/;
const METADATA = 'MYMETA.json';

/**
 * Perl distributions, by the record that cpanm, cpm and carton keep of each one they install, and the metadata beside it.
 * What CPAN.pm or a plain `make install` puts there is not found: those note names of modules, not of distributions,
 * and no author. Source: App::cpanminus; CPAN::Meta::Spec.
 */
export const perl: Cataloger = {
  id: 'perl',
  version: 1,
  candidates: { basenames: ['install.json'], accepts: (path) => PLACE.test(path) },
  companions: () => [METADATA],
  parse,
};

function parse(file: LayerFile): FactContent {
  const { value, ...cut } = readJson(file, MAX_BYTES);
  if (!isObject(value)) return cut;
  const [, name, ofDist] = /^(.+?)-(v?\d[^-]*(?:-TRIAL)?)$/.exec(textOf(value['dist']) ?? '') ?? [];
  const version = ofDist ?? textOf(value['version']);
  if (name === undefined || version === undefined) return cut;
  const metadata = metadataBeside(file);
  return {
    packages: [
      {
        type: 'cpan',
        name,
        version,
        ...present({
          namespace: authorOf(textOf(value['pathname'])),
          licenses: filled(textsOf(metadata['license']).filter((license) => license !== 'unknown')),
          dependencies: filled(requirements(metadata)),
        }),
      },
    ],
    ...cut,
  };
}

/** `A/AU/AUTHOR/Name-1.0.tar.gz`, as CPAN's index has it. */
function authorOf(pathname: string | undefined): string | undefined {
  return /^[A-Z]\/[A-Z0-9-]{2}\/([A-Z0-9-]+)\//.exec(pathname ?? '')?.[1];
}

function metadataBeside(file: LayerFile): JsonObject {
  const beside = file.sibling(METADATA);
  if (beside === undefined) return {};
  try {
    const { value } = readJson(beside, MAX_BYTES);
    return isObject(value) ? value : {};
  } catch {
    // Damaged metadata takes nothing from what is installed.
    return {};
  }
}

/** Modules that are needed at run time; `perl` is none. */
function requirements(metadata: JsonObject): readonly string[] {
  const { prereqs } = metadata;
  const runtime = isObject(prereqs) ? prereqs['runtime'] : undefined;
  const requires = isObject(runtime) ? runtime['requires'] : undefined;
  if (!isObject(requires)) return [];
  return Object.keys(requires).filter((name) => name !== 'perl');
}
