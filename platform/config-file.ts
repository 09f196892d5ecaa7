import type { Document, LineCounter, Node } from 'yaml';
import {
  resolveSettings,
  settingName,
  type ParsedFlags,
  type Settings,
  type SettingsFile,
  type SettingsSpec,
} from './config.ts';
import { ConfigError } from './config-error.ts';
import { errorMessage } from './error-message.ts';
import { readBounded } from './read-file.ts';

/** More than any settings file needs; keeps a wrong path (a disk, a log) from being read into memory. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Settles a table of settings, reading the settings file that `--config` or `TALLYMAN_CONFIG` names, if any.
 * Throws a ConfigError.
 */
export async function loadSettings<Spec extends SettingsSpec>(
  spec: Spec,
  sources: {
    readonly flags: ParsedFlags;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<Settings<Spec>> {
  const path = sources.flags['config'] ?? (sources.env['TALLYMAN_CONFIG'] || undefined);
  if (typeof path !== 'string') return resolveSettings(spec, sources);
  return resolveSettings(spec, { ...sources, file: await readSettingsFile(path) });
}

/** Reads a YAML file of settings: one mapping, kebab-case keys, values that are scalars or lists of scalars. */
async function readSettingsFile(path: string): Promise<SettingsFile> {
  let text: string;
  try {
    text = (await readBounded(path, MAX_FILE_BYTES)).toString('utf8');
  } catch (error) {
    const why = errorMessage(error);
    throw new ConfigError('unreadable-file', `the settings file cannot be read: ${path}: ${why}`, error);
  }
  return parseSettingsFile(path, text);
}

/** As `readSettingsFile`, from text. Loads the YAML library only now: most agents have no file and keep the memory. */
export async function parseSettingsFile(path: string, text: string): Promise<SettingsFile> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document: Document = yaml.parseDocument(text, { lineCounter: lines, strict: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = lines.linePos(problem.pos[0]).line;
    throw new ConfigError(
      'unreadable-file',
      `${path} line ${line} is not YAML: ${problem.message.split('\n')[0]}`,
      problem,
    );
  }
  const entries = new Map<string, { value: string | readonly string[]; line: number }>();
  if (document.contents === null) return { path, entries };
  if (!yaml.isMap(document.contents)) {
    throw new ConfigError('unreadable-file', `${path} must hold one mapping of settings, "name: value"`);
  }
  for (const { key, value } of document.contents.items) {
    const name = yaml.isScalar(key) ? scalarText(key) : String(key);
    const line = lineOf(yaml.isNode(key) ? key : null, lines);
    const read = valueText(yaml, value);
    if (read === undefined) {
      throw new ConfigError(
        'invalid-value',
        `${settingName(name)} (from ${path} line ${line}) must be one value or a list of values`,
      );
    }
    if (read !== null) entries.set(name, { value: read, line });
  }
  return { path, entries };
}

/** Null: nothing was written behind the key. Undefined: neither a scalar nor a list of scalars. */
function valueText(
  yaml: typeof import('yaml'),
  value: unknown,
): string | readonly string[] | null | undefined {
  if (value === null) return null;
  if (yaml.isScalar(value)) return value.value === null ? null : scalarText(value);
  if (!yaml.isSeq(value)) return undefined;
  const items: string[] = [];
  for (const item of value.items) {
    if (!yaml.isScalar(item)) return undefined;
    items.push(scalarText(item));
  }
  return items;
}

/** As written, so that `0o17` or `1e3` is judged by the setting's own reader. */
function scalarText(scalar: { readonly value: unknown; readonly source?: string }): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
}

function lineOf(node: Node | null, lines: LineCounter): number {
  return lines.linePos(node?.range?.[0] ?? 0).line;
}
