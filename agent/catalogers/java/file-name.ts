/** A file name taken apart, as Maven makes it: `artifact-version[-classifier].jar`. */
export interface FileName {
  readonly name: string;
  /** Empty when the name tells none. */
  readonly version: string;
}

/** Words of a version that numbers may follow: `1.0-beta-2`, `1.0-20220101.120000-1`. */
const QUALIFIER =
  /^(?:alpha|beta|b|cr|ea|final|ga|incubating|m|milestone|pre|preview|rc|release|snapshot|sp)[\w.+]*$/i;

/** Words that tell one file of a version from others of it, and begin what is no part of the version. */
const CLASSIFIER =
  /^(?:all|bin|bundle|exec|executable|fat|full|jar|linux|mac|macos|natives?|no_aop|nodeps|osx|runner|runtime|shaded|standalone|tests?|uber|universal|win|windows)$/i;

/** No file system has longer names, but archives may. */
const MAX_LENGTH = 255;

/**
 * Takes a file's name apart. The version begins at a dash and a digit: the first such place from which on all looks like
 * a version, so that `log4j-1.2-api-2.17.1` and `postgresql-9.4-1201-jdbc41` both come out right. A place where one of
 * the `known` versions begins is better than any. Bundles of OSGi have an underscore, three numbers and at
 * most one word more.
 */
export function parseFileName(path: string, known: readonly string[] = []): FileName {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const base = file.slice(0, Math.max(0, file.lastIndexOf('.')));
  if (base.length > MAX_LENGTH) return { name: base.slice(0, MAX_LENGTH), version: '' };
  const bundle = /^(.+?)_(\d+\.\d+\.\d+(?:\.[\w-]+)?)$/.exec(base);
  if (bundle !== null) return { name: bundle[1] ?? '', version: bundle[2] ?? '' };
  const places = [...base.matchAll(/-(?=\d)/g)].map(({ index }) => index).filter((at) => at > 0);
  const at =
    places.find((place) => known.includes(base.slice(place + 1))) ??
    places.find((place) => looksLikeVersion(base.slice(place + 1)));
  if (at === undefined) return { name: base, version: '' };
  return { name: base.slice(0, at), version: withoutClassifier(base.slice(at + 1)) };
}

/** After a word that is no part of versions, such as `api` or `linux`, no number may come. */
function looksLikeVersion(text: string): boolean {
  let afterWord = false;
  for (const part of text.split('-')) {
    if (/^\d/.test(part)) {
      if (afterWord) return false;
    } else if (!QUALIFIER.test(part)) afterWord = true;
  }
  return true;
}

function withoutClassifier(version: string): string {
  const parts = version.split('-');
  const end = parts.findIndex((part, i) => i > 0 && CLASSIFIER.test(part));
  return (end < 0 ? parts : parts.slice(0, end)).join('-');
}
