import type { PackageRecord } from '../../../core/facts.ts';
import { licenseExpression } from '../../../core/licenses/declared.ts';
import type { ByteSource } from '../bytes/source.ts';

/** Headers of real distributions take at most some ten KB; the description that may follow is not read. */
const FIRST_READ_BYTES = 64 << 10;
const MAX_HEADER_BYTES = 1 << 20;
const MAX_LICENSE_LENGTH = 200;

/** Header fields in lower case, with their values in order of appearance. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the headers up to the first blank line. Lines that are no header are skipped; bytes that are no UTF-8 are
 * taken as Latin-1, as old tools wrote them.
 * Source: the core metadata specification of the Python packaging guide (PEP 566, PEP 643).
 */
export function readHeaders(file: ByteSource): { readonly headers: Headers; readonly cut: boolean } {
  let text = headerText(file.read(0, FIRST_READ_BYTES));
  if (text.cut && file.size > FIRST_READ_BYTES) text = headerText(file.read(0, MAX_HEADER_BYTES));
  return { headers: parseHeaders(text.text), cut: text.cut && file.size > MAX_HEADER_BYTES };
}

/** The package that the headers describe. Throws when they name none. */
export function readMetadata(headers: Headers): PackageRecord {
  const name = first(headers, 'name');
  const version = first(headers, 'version');
  if (name === undefined || !/[A-Za-z0-9]/.test(name)) throw new Error('the metadata has no Name');
  if (version === undefined) throw new Error(`the metadata of ${name} has no Version`);
  const licenses = readLicenses(headers);
  const dependencies = readDependencies(headers);
  return {
    // The interpreter's own egg-info names CPython, which is not the PyPI project of that name.
    ...(name === 'Python' ? { type: 'generic', name: 'python' } : { type: 'pypi', name }),
    version,
    ...(licenses.length > 0 && { licenses }),
    ...(dependencies.length > 0 && { dependencies }),
  };
}

export function first(headers: Headers, field: string): string | undefined {
  const value = headers.get(field)?.[0]?.trim();
  return value === '' ? undefined : value;
}

function headerText(bytes: Uint8Array): { readonly text: string; readonly cut: boolean } {
  const text = decode(bytes);
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? { text, cut: true } : { text: text.slice(0, end.index), cut: false };
}

function decode(bytes: Uint8Array): string {
  try {
    // Streaming, so that a character cut at the end is no error.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function parseHeaders(text: string): Headers {
  const headers = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^[ \t]/.test(line)) {
      if (values !== undefined) values.push(`${values.pop() ?? ''}\n${line.trim()}`);
      continue;
    }
    const header = /^([A-Za-z][A-Za-z0-9-]*):(.*)$/.exec(line);
    if (header === null) continue;
    const [, field = '', value = ''] = header;
    values = headers.get(field.toLowerCase()) ?? [];
    values.push(value.trim());
    headers.set(field.toLowerCase(), values);
  }
  return headers;
}

/**
 * The expression if there is one; else the first line of the free text if it certainly means one, for classifiers know no
 * versions of many licenses; else what the classifiers say; else that line whatever it is.
 */
function readLicenses(headers: Headers): readonly string[] {
  const expression = first(headers, 'license-expression');
  if (expression !== undefined) return [expression.slice(0, MAX_LICENSE_LENGTH)];
  const line = first(headers, 'license')?.split('\n')[0]?.trim().slice(0, MAX_LICENSE_LENGTH) ?? '';
  const free = line === '' || line === 'UNKNOWN' ? [] : [line];
  if (licenseExpression({ type: 'pypi', licenses: free }) !== undefined) return free;
  const classified = (headers.get('classifier') ?? [])
    .map((classifier) => classifier.split(' :: '))
    .filter((path) => path[0] === 'License' && path.length > 1 && path.at(-1) !== 'OSI Approved')
    .map((path) => path.at(-1) ?? '');
  return classified.length > 0 ? [...new Set(classified)] : free;
}

/** Without those wanted only for an extra. */
function readDependencies(headers: Headers): readonly string[] {
  return requirementNames((headers.get('requires-dist') ?? []).filter((one) => !isForExtra(one)));
}

/** The names that requirements begin with, each once. Source: PEP 508. */
export function requirementNames(requirements: readonly string[]): readonly string[] {
  const names = requirements
    .map((requirement) => /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(requirement)?.[0] ?? '')
    .filter((name) => name !== '');
  return [...new Set(names)];
}

/** What comes after the semicolon says when it is wanted. */
function isForExtra(requirement: string): boolean {
  const semicolon = requirement.indexOf(';');
  return semicolon !== -1 && /\bextra\b/.test(requirement.slice(semicolon));
}
