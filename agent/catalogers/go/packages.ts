import type { PackageRecord } from '../../../core/facts.ts';
import type { Executable } from '../executable/executable.ts';
import type { BuildInfo } from './build-info.ts';
import type { GoModule, GoModules } from './modules.ts';
import { linkedVersion } from './linked-version.ts';
import { stampedVersion } from './stamped-version.ts';

/**
 * A Go program's packages: the program's own module, every module built in, and the standard library.
 *
 * The program's version is the module's, else what its makers had the linker write, by the orders in the build
 * information or, where these are left out, by the text that is there; else unknown. No version is made up from the
 * commit: such a `v0.0.0-…` would sort below every release and so look affected by everything.
 * Built without modules, the program goes by the import path of its main package, if that is one of the world's
 * (with a host in front: neither `cmd/go` nor `hello`).
 */
export function packagesOf(
  executable: Executable,
  { goVersion }: BuildInfo,
  modules: GoModules,
): readonly PackageRecord[] {
  const release = releaseOf(goVersion);
  return [
    ...programOf(executable, modules, release),
    ...modules.dependencies.map(recordOf),
    { type: 'golang', name: 'stdlib', version: release },
  ];
}

function programOf(executable: Executable, modules: GoModules, goVersion: string): readonly PackageRecord[] {
  const path = modules.main?.path ?? (hasHost(modules.program) ? modules.program : '');
  if (path === '' || path === 'command-line-arguments') return [];
  const version =
    versionOf(modules.main?.version ?? '') ||
    linkedVersion(modules, path) ||
    stampedVersion(executable, { path, goVersion, isLinkedUnseen: !modules.settings.has('-ldflags') });
  return [{ ...recordOf({ path, version }), role: 'application' }];
}

/** `host.tld/…`. */
function hasHost(path: string): boolean {
  const dot = path.indexOf('.');
  return dot > 0 && dot + 1 < path.indexOf('/');
}

function recordOf({ path, version }: GoModule): PackageRecord {
  const slash = path.lastIndexOf('/');
  return {
    type: 'golang',
    ...(slash > 0 && { namespace: path.slice(0, slash) }),
    name: path.slice(slash + 1),
    version: versionOf(version),
  };
}

function versionOf(version: string): string {
  return version === '(devel)' ? '' : version;
}

/** `1.22.1` of `go1.22.1 X:boringcrypto`; empty for a development build, which is no release. */
function releaseOf(goVersion: string): string {
  return /^go(\d+(?:\.\d+)*(?:(?:alpha|beta|rc)\d+)?)/.exec(goVersion)?.[1] ?? '';
}
