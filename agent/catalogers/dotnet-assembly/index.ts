import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { tableAt } from '../bytes/table.ts';
import { readPe } from '../executable/pe.ts';
import { present } from '../package-database/present.ts';
import { versionTexts } from './version-resource.ts';

const DOS_MAGIC = 0x4d5a;
/** Number of the directory of the common language runtime; only managed code has one. */
const RUNTIME_HEADER = 14;

/**
 * Texts of other languages, and what is only compiled against: `ref/net8.0/`, the `refs/` of a published site, and Mono's
 * folders of declarations.
 */
const NOT_RUN = /\.resources\.dll$|(?:^|\/)(?:ref\/net[^/]*|refs|mono\/[^/]+-api)\//i;

/** `13.0.3+0a2e291c0d`, `6.0.0-rc.1`; and older, `1, 0, 0, 0` and `4.7.4076.0 built by: NET472`. */
const VERSION = /^(\d{1,9}(?:\s?[.,]\s?\d{1,9}){1,3})(-[0-9A-Za-z.-]{1,60})?(?=$|[+\s(])/;
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._+-]{0,127}$/u;

/**
 * .NET assemblies, by what their version resources say. The libraries and programs that lists of published programs name
 * yield no second package; that is decided when the image is merged. Windows libraries of other kinds are nobody's packages.
 */
export const dotnetAssembly: Cataloger = {
  id: 'dotnet-assembly',
  version: 1,
  candidates: { suffixes: ['.dll', '.exe', '.DLL', '.EXE'], accepts: (path) => !NOT_RUN.test(path) },
  parse,
};

function parse(file: LayerFile): FactContent {
  if (tableAt(file, 0, 2, false)?.u16(0) !== DOS_MAGIC) return {};
  const executable = readPe(file);
  if (executable?.directory(RUNTIME_HEADER) === undefined) return {};
  const texts = versionTexts(executable);
  return {
    packages: [
      {
        type: 'nuget',
        name: nameOf(file.path, texts),
        version: versionOf(texts),
        ...present({
          vendor: texts.get('CompanyName') || undefined,
          role: /\.exe$/i.test(file.path) ? ('application' as const) : undefined,
        }),
      },
    ],
  };
}

/** Compilers note the assembly's name as that of the file, which may have got another since. */
function nameOf(path: string, texts: ReadonlyMap<string, string>): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const [name = file] = [texts.get('OriginalFilename'), texts.get('InternalName')]
    .map((text) => withoutEnding(text ?? ''))
    .filter((text) => NAME.test(text));
  return withoutEnding(name);
}

function withoutEnding(file: string): string {
  return file.replace(/\.(?:dll|exe)$/i, '');
}

/**
 * What the product calls itself comes first: it is what packages are published under. Older libraries of Microsoft have the number
 * of a build in its place, which would sort above every version: there it is unknown.
 */
function versionOf(texts: ReadonlyMap<string, string>): string {
  if (texts.get('ProductVersion')?.includes('@BuiltBy') === true) return '';
  const [version = ''] = ['ProductVersion', 'FileVersion', 'Assembly Version'].flatMap(
    (name) => versionIn(texts.get(name)) ?? [],
  );
  return version;
}

/** As NuGet normalizes it: no fourth number that is zero. */
function versionIn(text: string | undefined): string | undefined {
  const [, numbers, label = ''] = VERSION.exec(text ?? '') ?? [];
  if (numbers === undefined) return undefined;
  const parts = numbers.split(/[\s.,]+/).map(Number);
  if (parts.length === 4 && parts[3] === 0) parts.pop();
  return parts.join('.') + label;
}
