import type { PackageRecord } from '../../../core/facts.ts';

/** Nix's base 32 leaves out e, o, t and u. What else a name may be: Nix's manual, "Store object name". */
const STORE_PATH = /^\/?nix\/store\/[0-9abcdfghijklmnpqrsvwxyz]{32}-([0-9a-zA-Z+._?=-]{1,211})(?:\/|$)/;
/** The outputs that packages are split into, besides `out`, which has no name. */
const OUTPUT = /-(bin|data|debug|dev|devdoc|dist|doc|info|lib|libgcc|man|out|static|terminfo|tools|xml)$/;
/** What Nix builds from, and what it writes for itself: sources, patches, derivations, scripts. */
const INGREDIENT =
  /\.(?:bz2|c|conf|crate|diff|drv|gem|gz|json|lock|nix|patch|pl|py|service|sh|tar|tgz|txt|whl|xz|zip|zst)$/;

/**
 * The package that a path in Nix's store is of; undefined for ingredients, and for what has no version.
 * A version begins at the first dash that no letter follows. Source: Nix's manual, "Store paths", builtins.parseDrvName.
 */
export function packageOf(path: string): PackageRecord | undefined {
  const whole = STORE_PATH.exec(path)?.[1] ?? '';
  if (INGREDIENT.test(whole)) return undefined;
  const [, output] = OUTPUT.exec(whole) ?? [];
  const stem = output === undefined ? whole : whole.slice(0, -output.length - 1);
  const dash = stem.slice(1).search(/-[^a-zA-Z]/) + 1;
  if (dash === 0) return undefined;
  const [name, version] = [stem.slice(0, dash), stem.slice(dash + 1)];
  return { type: 'nix', name, version, ...(output !== undefined && { qualifiers: { output } }) };
}
