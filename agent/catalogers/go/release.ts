/** A version of three numbers or two; not `0.0.0`, which stands for none. Distributions write `~` where Go has `-` or `+`. */
const RELEASE = /^(?!v?0\.0\.0$)v?\d+\.\d+(?:\.\d+)?(?:[-+~][0-9A-Za-z.+~-]*)?$/;

/** What Debian took files out of; all else that it writes a `~` before came before the release. */
const REPACKED = /~(?=(?:ds|dfsg))/;

/**
 * The release that a text states, as Go writes versions: with a `v`, and in the words of Semantic Versioning where
 * a distribution has its own (`1.6.20~ds1` is 1.6.20, `1.6.7~rc0` was before 1.6.7). Undefined when it states none.
 */
export function releaseIn(text: string): string | undefined {
  if (!RELEASE.test(text)) return undefined;
  const plain = text.replace(REPACKED, '+').replaceAll('~', '-');
  return plain.startsWith('v') ? plain : `v${plain}`;
}
