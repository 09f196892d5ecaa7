import { coordinates, type Coordinates } from './pom-properties.ts';
import { xmlElements } from './xml-elements.ts';

/** What a project's model says of its package. */
export interface PomModel {
  readonly coordinates: Coordinates | undefined;
  /** Names of licenses, as written. */
  readonly licenses: readonly string[];
  /** `group:artifact` of what it needs to run. */
  readonly dependencies: readonly string[];
}

const MAX_DEPENDENCIES = 2000;
const MAX_LICENSES = 20;
const MAX_LENGTH = 200;

/** Needed to run; without a scope it is `compile`. Source: Maven's "Introduction to the Dependency Mechanism". */
const RUNNING = new Set(['', 'compile', 'runtime']);

/** Reads a pom.xml. What it leaves to its parent is unknown, except group and version, which it repeats of it. */
export function readPomXml(text: string): PomModel {
  const values = new Map<string, string>();
  const licenses: string[] = [];
  const dependencies: Map<string, string>[] = [];
  let dependency = new Map<string, string>();
  for (const { path, name, text: value } of xmlElements(text)) {
    if (path === 'dependencies/dependency') {
      if (dependencies.length < MAX_DEPENDENCIES) dependencies.push(dependency);
      dependency = new Map();
    } else if (path === `dependencies/dependency/${name}`) dependency.set(name, value);
    else if (path === 'licenses/license/name') licenses.push(value.slice(0, MAX_LENGTH));
    else if (path === `properties/${name}`) values.set(name, value);
    else if (path === name || path === `parent/${name}`)
      values.set(`project.${path.replace('/', '.')}`, value);
  }
  return {
    coordinates: coordinates(ownCoordinates(values)),
    licenses: licenses.filter((one) => one !== '').slice(0, MAX_LICENSES),
    dependencies: dependencies.flatMap((one) => dependencyName(one, values)),
  };
}

function ownCoordinates(values: ReadonlyMap<string, string>): Coordinates {
  const own = (name: string): string => {
    const value = values.get(`project.${name}`) || values.get(`project.parent.${name}`);
    return resolved(value ?? '', values);
  };
  return {
    group: own('groupId'),
    artifact: resolved(values.get('project.artifactId') ?? '', values),
    version: own('version'),
  };
}

function dependencyName(
  one: ReadonlyMap<string, string>,
  values: ReadonlyMap<string, string>,
): readonly string[] {
  if (!RUNNING.has(one.get('scope') ?? '') || one.get('optional') === 'true') return [];
  const found = coordinates({
    group: resolved(one.get('groupId') ?? '', values),
    artifact: resolved(one.get('artifactId') ?? '', values),
    version: '',
  });
  return found === undefined ? [] : [`${found.group}:${found.artifact}`];
}

/** Variables replaced by what this model itself says of them, variables in variables twice over. */
function resolved(text: string, values: ReadonlyMap<string, string>): string {
  let result = text;
  for (let i = 0; i < 3 && result.includes('${') && result.length <= MAX_LENGTH; i += 1) {
    result = result.replace(/\$\{(?:pom\.)?([\w.-]{1,200})\}/g, (variable, name: string) => {
      const value = values.get(name) ?? values.get(`project.${name}`) ?? inherited(name, values);
      return value ?? variable;
    });
  }
  return result;
}

function inherited(name: string, values: ReadonlyMap<string, string>): string | undefined {
  const match = /^(?:project\.)?(groupId|version)$/.exec(name);
  return match === null ? undefined : values.get(`project.parent.${match[1]}`);
}
