import { compareDigits, isDigit } from './digits.ts';

/** A version is a list; a dash, and every step between letters and digits, begins a list in the list. */
type Item = NumberItem | WordItem | ListItem;

interface NumberItem {
  readonly kind: 'number';
  /** Without leading zeros; empty for zero. */
  readonly digits: string;
}

interface WordItem {
  readonly kind: 'word';
  /** Sorts as the word does. */
  readonly key: string;
}

interface ListItem {
  readonly kind: 'list';
  readonly items: Item[];
}

/** In ascending order; the empty one is a release. Any other word comes after these, in the order of the alphabet. */
const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const RELEASE_KEY = String(QUALIFIERS.indexOf(''));

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['cr', 'rc'],
  ['final', ''],
  ['ga', ''],
  ['release', ''],
]);

/** Only with a number right behind. */
const SHORT_FORMS: ReadonlyMap<string, string> = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
]);

/** What stands beyond does not count; bounds the work, and how deep lists lie in lists, for hostile text. */
const MAX_LENGTH = 1000;

/**
 * Orders two Maven versions: negative, 0 or positive. Any text is a version.
 * Source: Maven's POM reference, "Version Order Specification", as Maven 3.8 has it.
 */
export function compareMavenVersions(left: string, right: string): number {
  return left === right ? 0 : compareLists(parse(left), parse(right));
}

function parse(version: string): ListItem {
  const text = version.slice(0, MAX_LENGTH).toLowerCase();
  const whole: ListItem = { kind: 'list', items: [] };
  let list = whole;
  function descend(): void {
    const inner: ListItem = { kind: 'list', items: [] };
    list.items.push(inner);
    list = inner;
  }
  let start = 0;
  let inDigits = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '.' || character === '-') {
      list.items.push(at === start ? numberOf('') : itemOf(text.slice(start, at), inDigits));
      start = at + 1;
      if (character === '-') descend();
    } else if (isDigit(text.charCodeAt(at))) {
      if (!inDigits && at > start) {
        if (list.items.length > 0) descend();
        list.items.push(wordOf(text.slice(start, at), true));
        start = at;
        descend();
      }
      inDigits = true;
    } else {
      if (inDigits && at > start) {
        list.items.push(itemOf(text.slice(start, at), true));
        start = at;
        descend();
      }
      inDigits = false;
    }
  }
  if (text.length > start) {
    if (!inDigits && list.items.length > 0) descend();
    list.items.push(itemOf(text.slice(start), inDigits));
  }
  trim(whole);
  return whole;
}

function itemOf(text: string, isNumber: boolean): Item {
  return isNumber ? numberOf(text) : wordOf(text, false);
}

function numberOf(text: string): NumberItem {
  return { kind: 'number', digits: text.replace(/^0+/, '') };
}

function wordOf(text: string, beforeNumber: boolean): WordItem {
  const whole = (beforeNumber ? SHORT_FORMS.get(text) : undefined) ?? text;
  const word = ALIASES.get(whole) ?? whole;
  const known = QUALIFIERS.indexOf(word);
  return { kind: 'word', key: known < 0 ? `${QUALIFIERS.length}-${word}` : String(known) };
}

/** Drops what means nothing at the end, and before lists at the end: zeros, words for a release, empty lists. */
function trim({ items }: ListItem): void {
  for (const item of items) if (item.kind === 'list') trim(item);
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const item = items[at];
    if (item === undefined) return;
    if (isNothing(item)) items.splice(at, 1);
    else if (item.kind !== 'list') return;
  }
}

function isNothing(item: Item): boolean {
  if (item.kind === 'number') return item.digits === '';
  return item.kind === 'word' ? item.key === RELEASE_KEY : item.items.length === 0;
}

function compareLists(left: ListItem, right: ListItem): number {
  const length = Math.max(left.items.length, right.items.length);
  for (let at = 0; at < length; at += 1) {
    const a = left.items[at];
    const b = right.items[at];
    const order = a === undefined ? -(b === undefined ? 0 : compareToNothing(b)) : compareItem(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

function compareItem(a: Item, b: Item | undefined): number {
  if (b === undefined) return compareToNothing(a);
  if (a.kind !== b.kind) return rank(a) - rank(b);
  if (a.kind === 'number' && b.kind === 'number') return compareDigits(a.digits, b.digits);
  if (a.kind === 'word' && b.kind === 'word') return compareKeys(a.key, b.key);
  return a.kind === 'list' && b.kind === 'list' ? compareLists(a, b) : 0;
}

function compareToNothing(item: Item): number {
  if (item.kind === 'number') return item.digits === '' ? 0 : 1;
  if (item.kind === 'word') return compareKeys(item.key, RELEASE_KEY);
  for (const inner of item.items) {
    const order = compareToNothing(inner);
    if (order !== 0) return order;
  }
  return 0;
}

/** Words before lists before numbers. */
function rank({ kind }: Item): number {
  if (kind === 'word') return 0;
  return kind === 'list' ? 1 : 2;
}

function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
