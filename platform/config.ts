import { resolve } from 'node:path';
import { closest } from './closest.ts';
import { ConfigError } from './config-error.ts';
import {
  readBoolean,
  readBytes,
  readDecimal,
  readDuration,
  readHostPort,
  readNumber,
  type HostPort,
  type Range,
  type Reading,
} from './setting-values.ts';

interface Described {
  /** One sentence for `--help`. */
  readonly help: string;
  /** Written as an operator would write it, and read in the same way. */
  readonly default?: string;
  /** True: it must come from somewhere. */
  readonly required?: true;
}

/** One setting. Its flag, file key and variable follow from its key in the table: `grpcListen`, `--grpc-listen`, `TALLYMAN_GRPC_LISTEN`. */
export type Setting =
  /** `secret`: never printed, and never a flag, since arguments show in process lists. */
  | (Described & { readonly type: 'string'; readonly secret?: true })
  /** Made absolute: against the working directory, or the settings file's own when it stands there. */
  | (Described & { readonly type: 'path' })
  | (Described & { readonly type: 'boolean' | 'host:port' })
  /** Bounds in the result's unit: as is, bytes. */
  | (Described & Range & { readonly type: 'number' | 'decimal' | 'bytes' })
  /** Bounds in ms. There is always a longest: numbers have an end, and timers fire at once beyond `LONGEST_TIMER_MS`. */
  | (Described & Range & { readonly type: 'duration'; readonly max: number })
  /** Comma-separated, or a YAML list. */
  | (Described & { readonly type: 'list' })
  | (Described & { readonly type: 'enum'; readonly values: readonly string[] });

export type SettingsSpec = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { type: 'enum'; values: readonly (infer V)[] }
  ? V
  : S extends { type: 'number' | 'decimal' | 'duration' | 'bytes' }
    ? number
    : S extends { type: 'boolean' }
      ? boolean
      : S extends { type: 'host:port' }
        ? HostPort
        : S extends { type: 'list' }
          ? readonly string[]
          : string;

/** The values of a table of settings: durations in ms, sizes in bytes; undefined where nothing is set and there is no default. */
export type Settings<Spec extends SettingsSpec> = {
  readonly [Key in keyof Spec]: Spec[Key] extends { default: string } | { required: true }
    ? ValueOf<Spec[Key]>
    : ValueOf<Spec[Key]> | undefined;
};

/** A settings file, read: what it says under each key, and on which line. */
export interface SettingsFile {
  readonly path: string;
  readonly entries: ReadonlyMap<
    string,
    { readonly value: string | readonly string[]; readonly line: number }
  >;
}

/** Flags by the table's keys, as commander gives them. */
export type ParsedFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface SettingsSources {
  readonly flags: ParsedFlags;
  /** An empty variable counts as absent. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: SettingsFile;
}

/**
 * Settles every setting of the table: its flag, else its variable, else the file, else its default.
 * Throws a ConfigError that names the setting, where the value came from, the value, and what is allowed.
 */
export function resolveSettings<Spec extends SettingsSpec>(
  spec: Spec,
  sources: SettingsSources,
): Settings<Spec> {
  if (sources.file !== undefined) refuseUnknownKeys(spec, sources.file);
  const settled: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(spec)) {
    settled[key] = settle(key, setting, sources);
  }
  return settled as Settings<Spec>;
}

/** What commander's `option(flags, description)` needs for each setting that has a flag. */
export function optionsOf(spec: SettingsSpec): { readonly flags: string; readonly description: string }[] {
  const options = [];
  for (const [key, setting] of Object.entries(spec)) {
    if (isSecret(setting)) continue;
    const name = settingName(key);
    const notes =
      setting.default === undefined || setting.default === '' ? '' : `default ${setting.default}; `;
    const description = `${setting.help} (${notes}${environmentName(key)})`;
    if (setting.type !== 'boolean') {
      options.push({ flags: `--${name} <${placeholder(setting)}>`, description });
      continue;
    }
    options.push({ flags: `--${name}`, description });
    if (setting.default === 'true') options.push({ flags: `--no-${name}`, description: `Not ${name}` });
  }
  return options;
}

/** `grpcListen` gives `grpc-listen`: the flag and the key in the file. */
export function settingName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `grpcListen` gives `TALLYMAN_GRPC_LISTEN`. */
export function environmentName(key: string): string {
  return `TALLYMAN_${settingName(key).replaceAll('-', '_').toUpperCase()}`;
}

interface Found {
  readonly value: string | readonly string[];
  readonly origin: string;
  /** What a relative path starts from. */
  readonly base?: string;
}

function settle(key: string, setting: Setting, sources: SettingsSources): unknown {
  const found = find(key, setting, sources);
  if (found === undefined) {
    if (setting.required !== true) return undefined;
    throw new ConfigError(
      'missing',
      `${settingName(key)} is not set; give ${isSecret(setting) ? '' : `--${settingName(key)}, `}${environmentName(key)} or "${settingName(key)}:" in the settings file`,
    );
  }
  const reading = read(setting, found);
  if ('value' in reading) return reading.value;
  const shown = isSecret(setting) ? 'a value that is not shown' : JSON.stringify(found.value);
  throw new ConfigError(
    'invalid-value',
    `${settingName(key)} is ${shown} (from ${found.origin}); it must be ${reading.allowed}`,
  );
}

function find(key: string, setting: Setting, sources: SettingsSources): Found | undefined {
  const flag = sources.flags[key];
  if (flag !== undefined && !isSecret(setting)) {
    const value = typeof flag === 'boolean' ? String(flag) : flag;
    return { value, origin: `--${settingName(key)}` };
  }
  const variable = sources.env[environmentName(key)];
  if (variable !== undefined && variable !== '') {
    return { value: variable, origin: `environment ${environmentName(key)}` };
  }
  const entry = sources.file?.entries.get(settingName(key));
  if (sources.file !== undefined && entry !== undefined) {
    return {
      value: entry.value,
      origin: `${sources.file.path} line ${entry.line}`,
      base: resolve(sources.file.path, '..'),
    };
  }
  return setting.default === undefined ? undefined : { value: setting.default, origin: 'the default' };
}

function read(setting: Setting, { value, base }: Found): Reading<unknown> {
  if (setting.type === 'list') return { value: typeof value === 'string' ? splitList(value) : value };
  if (typeof value !== 'string') return { allowed: 'one value, not a list' };
  switch (setting.type) {
    case 'string':
      return { value };
    case 'path':
      return value === '' ? { allowed: 'a path' } : { value: resolve(base ?? '.', value) };
    case 'number':
      return readNumber(value, setting);
    case 'decimal':
      return readDecimal(value, setting);
    case 'duration':
      return readDuration(value, setting);
    case 'bytes':
      return readBytes(value, setting);
    case 'boolean':
      return readBoolean(value);
    case 'host:port':
      return readHostPort(value);
    case 'enum':
      return setting.values.includes(value) ? { value } : { allowed: `one of ${setting.values.join(', ')}` };
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function refuseUnknownKeys(spec: SettingsSpec, file: SettingsFile): void {
  const known = Object.keys(spec).map(settingName);
  for (const [name, { line }] of file.entries) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    const advice = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
    throw new ConfigError(
      'unknown-setting',
      `${name} (from ${file.path} line ${line}) is no setting; ${advice}`,
    );
  }
}

function isSecret(setting: Setting): boolean {
  return setting.type === 'string' && setting.secret === true;
}

function placeholder(setting: Setting): string {
  if (setting.type === 'enum') return setting.values.join('|');
  return setting.type === 'list' ? 'item,item' : setting.type;
}
