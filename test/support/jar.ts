import { zip, type ZipMember, type ZipOptions } from './zip.ts';

/** A package as Maven describes it in an archive. */
export interface JarPackage {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Beside the properties. */
  readonly xml?: string;
}

export interface JarContent {
  readonly manifest?: Readonly<Record<string, string>>;
  readonly described?: readonly JarPackage[];
  /** Names of classes, `/` between. */
  readonly classes?: readonly string[];
  /** Entries of any kind; archives stored as Spring Boot has them, compressed in others. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly storeFiles?: boolean;
}

export function jar(content: JarContent, options?: ZipOptions): Buffer {
  return zip(membersOf(content), options);
}

function manifestText(attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ 'Manifest-Version': '1.0', ...attributes });
  return `${lines.map(([name, value]) => folded(`${name}: ${value}`)).join('\r\n')}\r\n\r\n`;
}

/** At most 72 bytes with the line's end; a space begins what goes on. */
function folded(line: string): string {
  return line.length <= 70 ? line : `${line.slice(0, 70)}\r\n${folded(` ${line.slice(70)}`)}`;
}

function membersOf({
  manifest,
  described = [],
  classes = ['a/b/C'],
  files = {},
  storeFiles = false,
}: JarContent) {
  const members: ZipMember[] = [];
  if (manifest !== undefined) members.push({ name: 'META-INF/MANIFEST.MF', content: manifestText(manifest) });
  for (const { group, artifact, version, xml } of described) {
    const place = `META-INF/maven/${group}/${artifact}`;
    const properties = `#Created by Apache Maven\ngroupId=${group}\nartifactId=${artifact}\nversion=${version}\n`;
    members.push({ name: `${place}/pom.properties`, content: properties });
    if (xml !== undefined) members.push({ name: `${place}/pom.xml`, content: xml });
  }
  for (const name of classes) members.push({ name: `${name}.class`, content: 'cafebabe' });
  for (const [name, content] of Object.entries(files)) members.push({ name, content, stored: storeFiles });
  return members;
}
