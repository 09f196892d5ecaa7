import type { Cataloger, FindingRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';

/** What runs commands typed or piped in, under the names that their files have; links to them are not asked. */
const SHELLS = [
  'ash',
  'bash',
  'busybox',
  'csh',
  'dash',
  'elvish',
  'fish',
  'hush',
  'ksh',
  'ksh93',
  'mksh',
  'nu',
  'pwsh',
  'sh',
  'tcsh',
  'toybox',
  'zsh',
];

/** What installs software into a running container. */
const PACKAGE_MANAGERS = [
  'apk',
  'apt',
  'apt-get',
  'brew',
  'bun',
  'bundle',
  'cargo',
  'conda',
  'dnf',
  'dnf-3',
  'dnf5',
  'dpkg',
  'emerge',
  'gem',
  'mamba',
  'microdnf',
  'micromamba',
  'nix',
  'npm-cli.js',
  'opkg',
  'pacman',
  'pip',
  'pip2',
  'pip3',
  'pipx',
  'pnpm',
  'pnpm.cjs',
  'poetry',
  'rpm',
  'snap',
  'tdnf',
  'uv',
  'yarn',
  'yum',
  'zypper',
];

/** Directories that hold programs, wherever they lie; `busybox` is that of images for debugging. */
const PLACE = /(?:^|\/)(?:bin|sbin|libexec|busybox)\/[^/]+$/;

const FINDINGS: ReadonlyMap<string, FindingRecord> = new Map([
  ...SHELLS.map((name): [string, FindingRecord] => [name, { ruleId: 'shell', kind: name }]),
  ...PACKAGE_MANAGERS.map((name): [string, FindingRecord] => [
    name,
    { ruleId: 'package-manager', kind: name.replace(/(?:-cli\.js|\.cjs|-3)$/, '') },
  ]),
]);

/** Shells and package managers: what an intruder finds handy, and a running service seldom needs. */
export const shells: Cataloger = {
  id: 'shells',
  version: 1,
  candidates: { basenames: [...FINDINGS.keys()], modes: 0o111, accepts: (path) => PLACE.test(path) },
  parse(file) {
    const finding = FINDINGS.get(file.path.slice(file.path.lastIndexOf('/') + 1));
    return finding === undefined || !runs(file) ? {} : { findings: [finding] };
  },
};

/** ELF, or a script that names its interpreter. */
function runs(file: LayerFile): boolean {
  const [a, b, c, d] = file.read(0, 4);
  return (a === 0x23 && b === 0x21) || (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46);
}
