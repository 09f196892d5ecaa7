import { completeRepository, isBareDigest, parseReference } from './image-reference.ts';

/**
 * Tells whether a name of an image, or a digest, is meant by a pattern.
 *
 * A pattern is a name with `*` for anything but a slash and `**` for anything: `redis:7.*`, `ghcr.io/acme/**`,
 * `host:5000/app`. Without a tag it means every tag and digest of the repository; a repository without a registry is
 * completed as engines do it. `@sha256:…` after it, or alone, means that digest; `sha256:` with `*` at its end those that begin so.
 */
export type NamePattern = (name: string) => boolean;

/** Undefined when the text is no pattern: empty, or with a space in it. */
export function namePattern(text: string): NamePattern | undefined {
  if (text === '' || /\s/.test(text) || text.length > MAX_PATTERN_LENGTH) return undefined;
  if (isBareDigest(text)) {
    const digest = glob(text);
    return (name) => digest(digestOf(name));
  }
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : glob(text.slice(at + 1));
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === '') return undefined;
  const repository = glob(path.startsWith('*') ? path : completeRepository(path));
  const tag = colon < 0 ? undefined : glob(rest.slice(colon + 1));
  return (name) => {
    const reference = parseReference(name);
    if (reference === undefined || !repository(reference.repository)) return false;
    if (digest !== undefined && !digest(reference.digest ?? '')) return false;
    return tag === undefined || (reference.tag !== undefined && tag(reference.tag));
  };
}

const MAX_PATTERN_LENGTH = 512;

function digestOf(name: string): string {
  return isBareDigest(name) ? name : (parseReference(name)?.digest ?? '');
}

/**
 * Matches the whole text. Linear in the text for each piece of the pattern: the first place where a piece fits is the
 * best one, but a `*` gives up at a slash and then an earlier `**` is tried further on.
 */
function glob(pattern: string): (text: string) => boolean {
  return (text) => {
    let [inPattern, inText] = [0, 0];
    let star: Retry | undefined;
    let stars: Retry | undefined;
    for (;;) {
      if (inPattern === pattern.length && inText === text.length) return true;
      if (pattern.startsWith('**', inPattern)) {
        inPattern += 2;
        stars = { inPattern, inText };
        star = undefined;
        continue;
      }
      if (pattern[inPattern] === '*') {
        inPattern += 1;
        star = { inPattern, inText };
        continue;
      }
      if (inText < text.length && pattern[inPattern] === text[inText]) {
        inPattern += 1;
        inText += 1;
        continue;
      }
      if (star !== undefined && star.inText < text.length && text[star.inText] !== '/') {
        star = { inPattern: star.inPattern, inText: star.inText + 1 };
        ({ inPattern, inText } = star);
        continue;
      }
      if (stars !== undefined && stars.inText < text.length) {
        stars = { inPattern: stars.inPattern, inText: stars.inText + 1 };
        ({ inPattern, inText } = stars);
        star = undefined;
        continue;
      }
      return false;
    }
  };
}

interface Retry {
  readonly inPattern: number;
  readonly inText: number;
}
