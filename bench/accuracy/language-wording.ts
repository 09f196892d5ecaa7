import type { Wording } from './comparison.ts';

/** `@scope/name@version`, `group/name@version`. */
export function fullName(one: {
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
}): string {
  const { namespace, name = '', version = '' } = one;
  return `${namespace === undefined ? '' : `${namespace}/`}${name}@${version}`;
}

/** Full names of the packages of one type. */
export function ofType(type: string): Wording {
  return (one) => (one.type === type ? fullName(one) : undefined);
}
