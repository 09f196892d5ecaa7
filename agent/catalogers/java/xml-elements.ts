/** The end of an element. */
export interface XmlElement {
  /** The names of the elements around it and its own, without that of the outermost: `parent/version`. */
  readonly path: string;
  readonly name: string;
  /** Empty for an element that holds others. */
  readonly text: string;
}

/** Deeper than any real file by far. */
const MAX_DEPTH = 64;
const MAX_NAME_LENGTH = 200;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&apos;': "'",
  '&gt;': '>',
  '&lt;': '<',
  '&quot;': '"',
};

/**
 * The elements of an XML text, in the order in which they end; not those written as `<empty/>`.
 * Attributes, name spaces' meaning and document types are passed over; ends early where the text is no XML.
 * Takes time in proportion to the text.
 */
export function* xmlElements(text: string): Generator<XmlElement> {
  const open: { readonly path: string; readonly name: string }[] = [];
  let leafText = '';
  let isLeaf = false;
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    if (tag < 0) return;
    leafText += text.slice(at, tag);
    const passed = pastAside(text, tag);
    if (passed !== undefined) {
      if (passed < 0) return;
      if (text.startsWith('<![CDATA[', tag)) leafText += text.slice(tag + 9, passed - 3);
      at = passed;
      continue;
    }
    const end = text.indexOf('>', tag);
    if (end < 0) return;
    at = end + 1;
    if (text[tag + 1] === '/') {
      const closed = open.pop();
      if (closed === undefined) return;
      yield { ...closed, text: isLeaf ? decoded(leafText.trim()) : '' };
      isLeaf = false;
    } else if (text[end - 1] !== '/') {
      const name = nameOf(text, tag + 1, end);
      const around = open.at(-1)?.path ?? '';
      open.push({ name, path: around === '' ? (open.length === 0 ? '' : name) : `${around}/${name}` });
      if (open.length > MAX_DEPTH) return;
      isLeaf = true;
    }
    leafText = '';
  }
}

/** The end of a comment, CDATA section or declaration at `at`; negative without one; undefined at a tag. */
function pastAside(text: string, at: number): number | undefined {
  if (text[at + 1] !== '!' && text[at + 1] !== '?') return undefined;
  const close = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : '>';
  const end = text.indexOf(close, at);
  return end < 0 ? -1 : end + close.length;
}

function nameOf(text: string, start: number, end: number): string {
  const tag = text.slice(start, Math.min(end, start + MAX_NAME_LENGTH));
  const space = tag.search(/\s/);
  return space < 0 ? tag : tag.slice(0, space);
}

function decoded(text: string): string {
  return text.includes('&')
    ? text.replace(/&(?:amp|apos|gt|lt|quot);/g, (entity) => ENTITIES[entity] ?? entity)
    : text;
}
