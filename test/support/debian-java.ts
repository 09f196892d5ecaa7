import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian keeps jars under the names that they have in Maven's repository. */
const REPOSITORY = '/usr/share/maven-repo';

/** `false` when Java and the classes of Maven are installed, else the reason to skip. */
export function needsMaven(): false | string {
  const needed = [
    '/usr/bin/javac',
    '/usr/share/java/maven-artifact-3.x.jar',
    '/usr/share/java/commons-lang3.jar',
  ];
  const missing = needed.filter((path) => !existsSync(path));
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
}

/** `false` when Debian's repository of jars is installed, else the reason to skip. */
export function needsDebianJars(): false | string {
  return existsSync(join(REPOSITORY, 'org')) ? false : `needs ${REPOSITORY}`;
}

/** A jar of Debian, with the coordinates under which Debian's own Maven finds it. */
export interface DebianJar {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** The file, behind all links. */
  readonly path: string;
}

/** Every jar of the repository, without the names that only Debian gives: versions such as `debian` and `3.x`. */
export function debianJars(): readonly DebianJar[] {
  return existsSync(REPOSITORY) ? jarsBelow([]) : [];
}

function jarsBelow(directories: readonly string[]): readonly DebianJar[] {
  const place = join(REPOSITORY, ...directories);
  return readdirSync(place, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return jarsBelow([...directories, entry.name]);
    const version = directories.at(-1) ?? '';
    const artifact = directories.at(-2) ?? '';
    const isReal = entry.name === `${artifact}-${version}.jar` && !/(?:^debian$|\.x$|^x$)/.test(version);
    const target =
      isReal && existsSync(join(place, entry.name)) ? realpathSync(join(place, entry.name)) : undefined;
    if (target === undefined || !lstatSync(target).isFile()) return [];
    return [{ group: directories.slice(0, -2).join('.'), artifact, version, path: target }];
  });
}
