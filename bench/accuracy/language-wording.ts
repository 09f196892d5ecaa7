import type { Wording } from './comparison.ts';

interface Named {
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
}

/** `@scope/name@version`, `group/name@version`. Trivy has the scope in the name as well. */
export function fullName({ namespace = '', name = '', version = '' }: Named): string {
  const isWhole = namespace === '' || name.startsWith(`${namespace}/`) || name.startsWith(`${namespace}:`);
  return `${isWhole ? '' : `${namespace}/`}${name.replace(':', '/')}@${version}`;
}

/** Full names of the packages of one type. */
export function ofType(type: string): Wording {
  return (one) => (one.type === type ? fullName(one) : undefined);
}
