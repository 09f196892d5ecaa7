/** How a program's source states its version. */
export interface OwnText {
  /** True for a file `VERSION` that is built in: its text ends with the end of a line. Else it is a variable's text. */
  readonly isFile: boolean;
  /** Texts beside it that look like one. */
  readonly others: readonly string[];
}

const FILE: OwnText = { isFile: true, others: [] };
const VARIABLE: OwnText = { isFile: false, others: [] };

/**
 * Programs whose version is neither in their build information nor, always, written by the linker, by where they are from.
 * Sources: runc's main.go; `version/version.go` or the like of each of the others.
 */
const PROGRAMS: ReadonlyMap<string, OwnText> = new Map([
  ['github.com/hashicorp/boundary', FILE],
  ['github.com/hashicorp/consul', FILE],
  ['github.com/hashicorp/packer', FILE],
  ['github.com/hashicorp/terraform', FILE],
  ['github.com/hashicorp/vault', FILE],
  ['github.com/openbao/openbao', FILE],
  ['github.com/opencontainers/runc', FILE],
  ['github.com/opentofu/opentofu', FILE],
  ['github.com/junegunn/fzf', VARIABLE],
  ['github.com/lxc/lxd', VARIABLE],
  ['github.com/rclone/rclone', VARIABLE],
  ['github.com/restic/restic', VARIABLE],
  // The oldest cluster that it can be of.
  ['go.etcd.io/etcd', { isFile: false, others: ['3.0.0'] }],
]);

/** By the import path of a program or its module; undefined for programs that are not known so well. */
export function ownTextOf(path: string): OwnText | undefined {
  for (const [place, own] of PROGRAMS) if (path === place || path.startsWith(`${place}/`)) return own;
  return undefined;
}
