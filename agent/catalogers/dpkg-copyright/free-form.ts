/** Copyright files that are prose say what matters early on. */
const MAX_LENGTH = 128 * 1024;
const MAX_STATEMENTS = 100;
/** Characters after a license's name in which its version is stated. */
const STATEMENT = 240;

const COMMON = 'common-licenses/';

const BLANK = 0x20;
/** By code of an ASCII character: its small letter, or a blank for one that says nothing, as signs that begin comments do. */
const SMALL = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase();
  return code <= BLANK || code === 0x7f || '#*>|'.includes(character) ? BLANK : character.charCodeAt(0);
});

/** Texts that Debian ships in /usr/share/common-licenses, by their short names; its `BSD` is California's, of three clauses. */
const COMMON_NAMES: Readonly<Record<string, string>> = {
  'apache-2.0': 'Apache-2.0',
  artistic: 'Artistic',
  bsd: 'BSD-3-clause',
  'cc0-1.0': 'CC0-1.0',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
};

const PUBLIC_DOMAIN = [
  'in the public domain',
  'into the public domain',
  'to the public domain',
  'is public domain',
];

/** Words that offer a choice, so that what is stated does not hold together. */
const CHOICES = [
  'dual licen',
  'dual-licen',
  'your choice of',
  'at your choice',
  'one of the following licenses',
];

/**
 * Short names of the licenses that a copyright file in prose certainly states: well-known texts, GNU's licenses by the
 * version they are granted under, and what Debian keeps in common-licenses. A reference to a text of GNU's alone says
 * nothing of later versions, and stays a path. Several among which one may choose are one text.
 */
export function freeFormLicenses(text: Uint8Array): readonly string[] {
  const words = wordsOf(text);
  const granted = grants(words);
  const found = [...granted, ...references(words, granted), ...knownTexts(words)];
  const licenses = [...new Set(isPerls(words, found) ? withoutPerls(found) : found)];
  if (licenses.length < 2 || !CHOICES.some((choice) => words.includes(choice))) return licenses;
  return [licenses.join(' / ')];
}

/**
 * The text in lower case with one blank between words, without the signs that comments begin with; what is not ASCII says
 * nothing here. A loop over the bytes takes a tenth of the time of a pattern.
 */
function wordsOf(text: Uint8Array): string {
  const length = Math.min(text.length, MAX_LENGTH);
  const words = new Uint8Array(length);
  let end = 0;
  let last = BLANK;
  for (let at = 0; at < length; at += 1) {
    const code = SMALL[text[at] ?? BLANK] ?? BLANK;
    if (code === BLANK && last === BLANK) continue;
    words[end] = code;
    end += 1;
    last = code;
  }
  return new TextDecoder().decode(words.subarray(0, end));
}

/** GNU's licenses with a version: `GPL-2+`. That a text of one version can be found somewhere grants nothing. */
function grants(words: string): readonly string[] {
  const name = 'general public license';
  const found = new Set<string>();
  let at = words.indexOf(name);
  for (let count = 0; at >= 0 && count < MAX_STATEMENTS; count += 1) {
    const next = words.indexOf(name, at + name.length);
    const statement = words.slice(at, Math.min(next < 0 ? words.length : next, at + STATEMENT));
    const version = /^[^.]*?\bv(?:ersion )?\.?(\d(?:\.\d)?)(?!\d)/.exec(statement)?.[1];
    const isLater = /(?:any|or) (?:\([^()]{0,20}\) )?(?:any )?later version|or later\b/.test(statement);
    const isText = /(?:text|copy|version) of the (?:gnu )?(?:lesser |library |affero )?$/.test(
      words.slice(Math.max(0, at - 40), at),
    );
    if (version !== undefined && (isLater || !isText))
      found.add(`${familyBefore(words, at)}-${version.replace(/\.0$/, '')}${isLater ? '+' : ''}`);
    at = next;
  }
  return [...found].filter((license) => !found.has(`${license}+`));
}

function familyBefore(words: string, at: number): string {
  const before = words.slice(Math.max(0, at - 20), at);
  if (/affero /.test(before)) return 'AGPL';
  return /(?:lesser|library) $/.test(before) ? 'LGPL' : 'GPL';
}

function references(words: string, granted: readonly string[]): readonly string[] {
  const found = new Set<string>();
  let at = words.indexOf(COMMON);
  for (let count = 0; at >= 0 && count < MAX_STATEMENTS; count += 1) {
    const start = at + COMMON.length;
    const name = /^[a-z0-9]+(?:[.-][a-z0-9]+)*/.exec(words.slice(start, start + 20))?.[0] ?? '';
    const family = /^(?:l?gpl|gfdl)/.exec(name)?.[0].toUpperCase();
    if (family === undefined) {
      if (Object.hasOwn(COMMON_NAMES, name)) found.add(COMMON_NAMES[name] ?? '');
    } else if (!granted.some((grant) => grant.startsWith(`${family}-`))) {
      found.add(`/usr/share/common-licenses/${name.toUpperCase()}`);
    }
    at = words.indexOf(COMMON, start);
  }
  return [...found];
}

function knownTexts(words: string): readonly string[] {
  const has = (phrase: string): boolean => words.includes(phrase);
  const found: string[] = [];
  const isExpat =
    has(
      'permission is hereby granted, free of charge, to any person obtaining a copy of this software and',
    ) && has('the above copyright notice and this permission notice shall be included in all');
  const isIsc =
    ['and/or', 'and'].some((or) =>
      has(
        `permission to use, copy, modify, ${or} distribute this software for any purpose with or without fee`,
      ),
    ) && has('provided that the above copyright notice and this permission notice appear in all copies');
  // X11, curl and others add such a sentence to a text that is otherwise the same.
  const isBare = !has('except as contained in this notice');
  if (
    isExpat &&
    (isBare || has('be used in advertising or otherwise to promote the sale, use or other dealings'))
  )
    found.push(isBare ? 'Expat' : 'X11');
  if (isIsc && isBare) found.push('ISC');
  if (
    has(
      'permission to use, copy, modify, distribute, and sell this software and its documentation for any purpose',
    )
  )
    found.push('HPND-sell-variant');
  if (has('altered source versions must be plainly marked as such') && has('express or implied warranty'))
    found.push('Zlib');
  if (has('gcc runtime library exception')) found.push('GPL-3+ with GCC exception');
  if (has('licensed under the apache license, version 2.0')) found.push('Apache-2.0');
  if (PUBLIC_DOMAIN.some(has) && !has('not in the public domain')) found.push('public-domain');
  return [...found, ...berkeleyLicenses(words)];
}

/** Apache's and OpenSSL's old licenses begin with the same clauses. */
function berkeleyLicenses(words: string): readonly string[] {
  if (words.includes('redistributions of any form whatsoever') || words.includes('end-user documentation'))
    return [];
  const texts = countOf(words, 'redistributions of source code must retain the above copyright');
  if (texts === 0 || !words.includes('redistributions in binary form must reproduce the above')) return [];
  const endorsing = countOf(words, 'to endorse or promote products');
  const advertising = countOf(words, 'all advertising materials mentioning features');
  return [
    ...(advertising > 0 ? ['BSD-4-clause'] : []),
    ...(endorsing > advertising ? ['BSD-3-clause'] : []),
    ...(texts > endorsing ? ['BSD-2-clause'] : []),
  ];
}

function countOf(words: string, phrase: string): number {
  let count = 0;
  for (let at = words.indexOf(phrase); at >= 0 && count < MAX_STATEMENTS; at = words.indexOf(phrase, at + 1))
    count += 1;
  return count;
}

/** Perl's own terms are a choice of two. */
function isPerls(words: string, found: readonly string[]): boolean {
  return words.includes('same terms as perl') || (found.includes('Artistic') && found.includes('GPL-1+'));
}

function withoutPerls(found: readonly string[]): readonly string[] {
  const others = found.filter(
    (one) => !/^(?:Artistic|GPL-1\+|\/usr\/share\/common-licenses\/GPL.*)$/.test(one),
  );
  return ['GPL-1+ or Artistic', ...others];
}
