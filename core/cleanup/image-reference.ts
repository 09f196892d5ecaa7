/**
 * A name of an image, taken apart. `repository` has its registry in front, as engines complete it:
 * `docker.io/library/redis`, `host:5000/app`. Source: github.com/distribution/reference.
 */
export interface ImageReference {
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:<hex>`. */
  readonly digest?: string;
}

const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_NAMESPACE = 'library';

/** Undefined for what names no repository: a bare digest, `<none>:<none>`, nothing. */
export function parseReference(name: string): ImageReference | undefined {
  const at = name.indexOf('@');
  const digest = at < 0 ? undefined : name.slice(at + 1);
  const rest = at < 0 ? name : name.slice(0, at);
  if (rest === '' || isBareDigest(rest) || rest.includes('<none>')) return undefined;
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === '') return undefined;
  return {
    repository: completeRepository(path),
    ...(colon >= 0 && { tag: rest.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}

/** With registry and namespace: `redis` is `docker.io/library/redis`. */
export function completeRepository(path: string): string {
  const slash = path.indexOf('/');
  if (slash < 0) return `${DEFAULT_REGISTRY}/${DEFAULT_NAMESPACE}/${path}`;
  const first = path.slice(0, slash);
  if (isRegistry(first)) {
    const rest = path.slice(slash + 1);
    const isShort = first === DEFAULT_REGISTRY && !rest.includes('/');
    return isShort ? `${first}/${DEFAULT_NAMESPACE}/${rest}` : path;
  }
  return `${DEFAULT_REGISTRY}/${path}`;
}

/** `sha256:<hex>`: an image ID or a manifest, by no name. */
export function isBareDigest(name: string): boolean {
  return /^sha(?:256|384|512):/.test(name);
}

/** Source: github.com/distribution/reference: what else would be a repository's first component is a registry. */
function isRegistry(component: string): boolean {
  return component.includes('.') || component.includes(':') || component === 'localhost';
}
