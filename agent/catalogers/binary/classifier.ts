/** Tells a program or shared library by its file's name, and its version by text in the file. */
export interface Classifier {
  /** Name of the package, unless a pattern says another. */
  readonly name: string;
  /** Libraries are wanted without an execute bit too. */
  readonly kind: 'program' | 'library';
  /** What the file's name says before its first digit or dot: `libssl` of libssl.so.3. */
  readonly stems: readonly string[];
  /** The whole name. What its first group matches stands for `$1` in anchors. */
  readonly files: RegExp;
  /** The first that matches, in the order of the file, says the version. */
  readonly versions: readonly VersionPattern[];
}

/** Where in a file a version is. */
export interface VersionPattern {
  /** For software that goes by the same file name: AWS-LC's libcrypto. */
  readonly name?: string;
  /** Found first, as fast as memory can be searched; so the more of it, the better. */
  readonly anchor: string;
  /**
   * Matched against the text around an anchor, where a NUL stands for each byte that is no printable ASCII; what it matches must
   * hold the anchor. Group 1 is the version; without, it is unknown.
   */
  readonly pattern: RegExp;
  /** For anchors that say little: counts only if the file has one version like this, whatever the number of times. */
  readonly isOnlyOne?: true;
}

/** A small text file that states the version of what it was installed with. */
export interface DocumentClassifier {
  readonly name: string;
  readonly basename: string;
  /** The whole path. */
  readonly path: RegExp;
  /** Matched against its beginning; group 1 is the version. */
  readonly pattern: RegExp;
}

/** Programs of exactly these names. */
export function programs(...names: readonly string[]): Pick<Classifier, 'kind' | 'stems' | 'files'> {
  return {
    kind: 'program',
    stems: [...new Set(names.map(stemOf))],
    files: new RegExp(`^(?:${names.map(literal).join('|')})$`),
  };
}

/** Shared libraries of exactly these names, with or without numbers at the end. */
export function libraries(...names: readonly string[]): Pick<Classifier, 'kind' | 'stems' | 'files'> {
  return {
    kind: 'library',
    stems: [...new Set(names.map(stemOf))],
    files: new RegExp(`^(?:${names.map(literal).join('|')})\\.so(?:\\.\\d+)*[a-z]?$`),
  };
}

/** What a file's name says before its first digit or dot. */
export function stemOf(name: string): string {
  return name.split(/[0-9.]/, 1)[0] ?? '';
}

function literal(name: string): string {
  return name.replaceAll(/[.+]/g, '\\$&');
}
