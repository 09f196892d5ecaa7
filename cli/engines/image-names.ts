import { closest } from '../../platform/closest.ts';

/** An image as names and digests find it. */
export interface NamedImage {
  /** Config digest. */
  readonly imageId: string;
  readonly manifestDigests: readonly string[];
  readonly names: readonly { readonly name: string; readonly target?: string }[];
}

export type ImageSearch<I> =
  | { readonly kind: 'found'; readonly image: I }
  /** `near`: names that may have been meant, best first. */
  | { readonly kind: 'none'; readonly near: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly images: readonly I[] };

/** Fewer digits are more likely a name than a digest. */
const LEAST_DIGITS = 4;
const MOST_NEAR = 5;
const DIGITS = /^(?:sha256:)?([0-9a-f]{4,64})$/;

/**
 * Finds an image by a name as it is held, by a short name (`redis`, `redis:7`, `org/app`), by `NAME@DIGEST`, or by
 * its ID, a manifest's or an index's digest, of which the first digits will do where no other image has them.
 */
export function findImage<I extends NamedImage>(query: string, images: readonly I[]): ImageSearch<I> {
  const full = fullName(query);
  const ways: ((image: I) => boolean)[] = [
    (image) => image.names.some(({ name }) => name === query),
    (image) => image.names.some(({ name }) => fullName(name) === full),
    (image) => hasRepositoryDigest(image, full),
    (image) => hasDigest(image, query),
  ];
  for (const way of ways) {
    const found = images.filter(way);
    const [image, another] = found;
    if (another !== undefined) return { kind: 'ambiguous', images: found };
    if (image !== undefined) return { kind: 'found', image };
  }
  return { kind: 'none', near: nearNames(query, images) };
}

/**
 * The name that engines hold for what people write: `redis` is `docker.io/library/redis:latest`.
 * Source: the "normalized" names of the distribution project (package reference), as Docker and containerd's tools use them.
 */
export function fullName(text: string): string {
  const [path, tag] = splitTag(text);
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]|[A-Z]/.test(first);
  const host = isHost ? first.replace(/^index\.docker\.io$/, 'docker.io') : 'docker.io';
  const rest = isHost ? path.slice(slash + 1) : path;
  const repository = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  return `${host}/${repository}${tag || ':latest'}`;
}

/** The shortest name that means the same: `docker.io/library/redis:7` is `redis:7`. */
export function familiarName(name: string): string {
  return name.replace(/^docker\.io\/(?:library\/(?=[^/]+$))?/, '');
}

/** `tag` with its `:` or `@`, or empty. */
function splitTag(text: string): readonly [path: string, tag: string] {
  const at = text.indexOf('@');
  if (at >= 0) return [text.slice(0, at).replace(/:[^:/]*$/, ''), text.slice(at)];
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon)];
}

function hasRepositoryDigest(image: NamedImage, full: string): boolean {
  const [repository, tag] = splitTag(full);
  if (!tag.startsWith('@')) return false;
  const holds = image.names.some(({ name }) => splitTag(fullName(name))[0] === repository);
  return holds && digestsOf(image).includes(tag.slice(1));
}

function hasDigest(image: NamedImage, query: string): boolean {
  const digits = DIGITS.exec(query)?.[1];
  if (digits === undefined || digits.length < LEAST_DIGITS) return false;
  return digestsOf(image).some((digest) => digest.startsWith(`sha256:${digits}`));
}

function digestsOf(image: NamedImage): string[] {
  const targets = image.names.flatMap(({ target }) => target ?? []);
  return [image.imageId, ...image.manifestDigests, ...targets];
}

/** Other tags of the same repository, then the same last part elsewhere, then what is spelled alike. */
function nearNames(query: string, images: readonly NamedImage[]): string[] {
  const names = [...new Set(images.flatMap((image) => image.names.map(({ name }) => name)))].filter(
    (name) => !name.includes('@'),
  );
  const [repository] = splitTag(fullName(query));
  const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const pathOf = (name: string): string => splitTag(fullName(name))[0];
  const alike = closest(
    familiarName(fullName(query)),
    names.map((name) => familiarName(fullName(name))),
  );
  const near = [
    ...names.filter((name) => pathOf(name) === repository),
    ...names.filter((name) => last(pathOf(name)) === last(repository)),
    ...names.filter((name) => familiarName(fullName(name)) === alike),
  ];
  return [...new Set(near.map(familiarName))].slice(0, MOST_NEAR);
}
