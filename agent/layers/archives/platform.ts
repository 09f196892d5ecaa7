/** As in the OCI image-spec: Go's names, such as `linux`, `amd64`, `v8`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Go's names where Node has others (`process.arch`). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mipsel: 'mipsle',
};

/** The platform of images for this machine. `arch` as `process.arch` has it. */
export function platformOf(arch: string): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[arch] ?? arch };
}

/** `linux/arm64/v8`, for messages. */
export function platformText({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** True when an image for one platform is meant where another one is asked for; a variant counts if it is asked for. */
export function isFor(asked: Platform, image: Platform): boolean {
  const isSame = image.os === asked.os && image.architecture === asked.architecture;
  return isSame && (asked.variant === undefined || asked.variant === image.variant);
}
