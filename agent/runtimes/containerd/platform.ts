/** As in the OCI image-spec: Go's names, such as `linux`, `amd64`, `v8`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Go's names for Node's `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** The platform of a Linux node, from `process.arch`. Which arm it is Node does not tell: v7, as Go guesses. */
export function nodePlatform(arch: string): Platform {
  return normalized({ os: 'linux', architecture: ARCHITECTURES[arch] ?? arch });
}

/**
 * How well an image's platform suits the node's: 0 is best, `undefined` not at all.
 * Source: containerd, package platforms: `Normalize` and the order that `Only` makes.
 */
export function platformRank(node: Platform, image: Platform): number | undefined {
  const wanted = normalized(image);
  const at = runnable(normalized(node)).findIndex(
    (platform) =>
      platform.os === wanted.os &&
      platform.architecture === wanted.architecture &&
      (platform.variant ?? '') === (wanted.variant ?? ''),
  );
  return at < 0 ? undefined : at;
}

/** What a node can run, best first. */
function runnable(node: Platform): readonly Platform[] {
  const { os, architecture } = node;
  switch (architecture) {
    case 'amd64':
      return [
        ...lower(node.variant ?? 'v1', 1).map((variant) => normalized({ os, architecture, variant })),
        { os, architecture: '386' },
      ];
    case 'arm':
      return lower(node.variant ?? 'v7', 5).map((variant) => ({ os, architecture, variant }));
    case 'arm64':
      return [node, ...lower('v8', 5).map((variant) => ({ os, architecture: 'arm', variant }))];
    default:
      return [node];
  }
}

/** `v8` and 5 give v8, v7, v6, v5. */
function lower(variant: string, least: number): readonly string[] {
  const most = Number(variant.slice(1));
  if (!Number.isInteger(most) || most < least || most > 9) return [variant];
  return Array.from({ length: most - least + 1 }, (_, step) => `v${most - step}`);
}

function normalized(platform: Platform): Platform {
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase();
  const variant = (platform.variant ?? '').toLowerCase();
  const plain = (architecture: string) => ({ os, architecture, ...(variant !== '' && { variant }) });
  switch (platform.architecture.toLowerCase()) {
    case 'i386':
    case '386':
      return { os, architecture: '386' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return variant === 'v1' ? { os, architecture: 'amd64' } : plain('amd64');
    case 'aarch64':
    case 'arm64':
      return ['8', 'v8'].includes(variant) ? { os, architecture: 'arm64' } : plain('arm64');
    case 'armhf':
      return { os, architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { os, architecture: 'arm', variant: 'v6' };
    case 'arm':
      if (variant === '') return { os, architecture: 'arm', variant: 'v7' };
      return { os, architecture: 'arm', variant: /^\d$/.test(variant) ? `v${variant}` : variant };
    default:
      return plain(platform.architecture.toLowerCase());
  }
}
