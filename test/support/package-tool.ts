/** A distribution's package tool, at work in trees. Packages are told as `NAME VERSION`. */
export interface PackageTool {
  readonly name: string;
  readonly cataloger: string;
  /** Folder of its database. */
  readonly database: string;
  /** File in which all packages are listed, where it is one. */
  readonly file?: string;
  /** Looked for in its own place alone, not behind links. */
  readonly isFixed?: boolean;
  /** Why it cannot be used here. */
  readonly skip: string | false;
  /** Also from one version to another. */
  install(root: string, ...packages: readonly string[]): Promise<void>;
  remove(root: string, name: string): Promise<void>;
  /** What the tool lists, which has to have a database there. */
  list(root: string): Promise<string[]>;
}

export interface Identity {
  readonly name: string;
  readonly version: string;
}

/** Takes `NAME VERSION` apart. */
export function identity(one: string): Identity {
  const [name = '', version = ''] = one.split(' ');
  return { name, version };
}
