import type { OsRelease } from '../../../core/facts.ts';
import { present } from '../package-database/present.ts';
import { assignmentsOf } from './parse.ts';

/** What Red Hat's distributions and those made like them call themselves, by the ID that os-release has for them. */
const NAMES: readonly (readonly [name: RegExp, id: string])[] = [
  [/^Red Hat Enterprise Linux\b/, 'rhel'],
  [/^CentOS\b/, 'centos'],
  [/^Fedora\b/, 'fedora'],
  [/^(?:Oracle Linux|Enterprise Linux Enterprise Linux)\b/, 'ol'],
  [/^Amazon Linux\b/, 'amzn'],
  [/^Scientific Linux\b/, 'scientific'],
];

/**
 * The release that a file older than os-release states; undefined when it says anything else. Versions are as os-release has
 * them: of CentOS and Debian the first number alone.
 */
export function parseOlderRelease(path: string, text: string): OsRelease | undefined {
  switch (path) {
    case 'etc/alpine-release':
      return parseAlpine(text.trim());
    case 'etc/debian_version':
      return parseDebian(text.trim());
    case 'etc/lsb-release':
      return parseLsb(text);
    default:
      return parseRedHat(text.trim());
  }
}

/** `CentOS release 6.10 (Final)`. */
function parseRedHat(line: string): OsRelease | undefined {
  const [, name = '', version = ''] =
    /^([A-Z][A-Za-z ]{1,60}) release (\d{1,4}(?:\.\d{1,8}){0,2})(?: \([\w .-]{1,60}\))?$/.exec(line) ?? [];
  const id = NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (id === undefined) return undefined;
  return release(id, { versionId: id === 'centos' ? firstNumber(version) : version, prettyName: line });
}

/** `3.1.4`; in between releases `3.20.0_alpha20240329`. */
function parseAlpine(line: string): OsRelease | undefined {
  if (!/^\d{1,2}(?:\.\d{1,3}){1,3}(?:_\w{1,20})?$/.test(line)) return undefined;
  return release('alpine', { versionId: line, prettyName: `Alpine Linux v${line}` });
}

/** `8.11`; before a release `trixie/sid`. */
function parseDebian(line: string): OsRelease | undefined {
  if (/^\d{1,2}(?:\.\d{1,2}){0,2}$/.test(line))
    return release('debian', { versionId: firstNumber(line), prettyName: `Debian GNU/Linux ${line}` });
  const codename = /^([a-z]{1,20})\/sid$/.exec(line)?.[1];
  return codename === undefined
    ? undefined
    : release('debian', { versionCodename: codename, prettyName: `Debian GNU/Linux ${line}` });
}

/** `DISTRIB_ID=Ubuntu` and the like. Source: the lsb_release program of Debian, which reads it. */
function parseLsb(text: string): OsRelease | undefined {
  const values = assignmentsOf(text);
  const id = values.get('DISTRIB_ID')?.toLowerCase() ?? '';
  const version = values.get('DISTRIB_RELEASE') ?? '';
  if (!/^[a-z][a-z0-9._-]{0,40}$/.test(id) || !/^[\w.-]{1,40}$/.test(version)) return undefined;
  const codename = values.get('DISTRIB_CODENAME') ?? '';
  return release(id, {
    versionId: /^\d/.test(version) ? version : undefined,
    versionCodename: /^[a-z]{1,20}$/.test(codename) ? codename : undefined,
    prettyName: values.get('DISTRIB_DESCRIPTION') || undefined,
  });
}

function firstNumber(version: string): string {
  return version.split('.', 1)[0] ?? '';
}

function release(id: string, rest: Readonly<Record<string, string | undefined>>): OsRelease {
  return { id, idLike: [], ...present(rest) };
}
