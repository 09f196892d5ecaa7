/** The kind of engine whose naming a cgroup path shows; absent for a bare ID, which several write. */
export type EngineHint = 'containerd' | 'cri-o' | 'docker' | 'podman';

/** One container that a cgroup path names. */
export interface CgroupContainer {
  /** 64 hex digits. */
  readonly containerId: string;
  /** The path up to and with the segment that names the container. */
  readonly scope: string;
  readonly podUid?: string;
  readonly engine?: EngineHint;
}

/**
 * Where the node's own root is in paths as the reader sees them. Paths are relative to the reader's cgroup namespace
 * (cgroup_namespaces(7)): in one of its own, an agent sees its own container as `/` and the node's root as `/../..`.
 * - `absolute`: the reader is in the node's namespace.
 * - a map from a line's controllers to the root's path there: see `cgroupRootOf`.
 * - `unknown`: then only what names a container is certain.
 */
export type CgroupRoot = 'absolute' | 'unknown' | ReadonlyMap<string, string>;

/**
 * What a process's cgroup file says of where it runs. `paths` are those known to start at the node's root, without `/`.
 * - `containers`: inside these, outermost first; more than one where engines run inside containers (kind).
 * - `conflict`: hierarchies name different containers.
 * - `container-like`: under a parent that only container engines use, but which container is not said.
 * - `unseen`: names no container, and the path does not show from the node's root, so that it may lie inside one.
 * - `unit`: in a systemd unit that is no container, or in an engine's helper beside one (conmon).
 * - `root`: at the top of every hierarchy.
 * - `unfamiliar`: none of these; also an empty file. `ctr` and host programs alike write such paths.
 */
export type CgroupReading =
  | {
      readonly kind: 'containers';
      readonly chain: readonly CgroupContainer[];
      readonly paths: readonly string[];
    }
  | { readonly kind: 'container-like'; readonly podUid?: string; readonly paths: readonly string[] }
  | {
      readonly kind: 'conflict' | 'unseen' | 'unit' | 'root' | 'unfamiliar';
      readonly paths: readonly string[];
    };

type LineKind = 'container-like' | 'unseen' | 'unit' | 'root' | 'unfamiliar';

interface Line {
  readonly controllers: string;
  /** From the node's root; absent when not known. */
  readonly path?: string;
  readonly chain: readonly CgroupContainer[];
  /** What the path is when the chain is empty. */
  readonly kind: LineKind;
  readonly podUid?: string;
}

const engineOfPrefix: Readonly<Record<string, EngineHint>> = {
  'cri-containerd': 'containerd',
  crio: 'cri-o',
  docker: 'docker',
  libpod: 'podman',
  'libpod-payload': 'podman',
  nerdctl: 'containerd',
};

const prefixes = 'cri-containerd|crio|docker|libpod-payload|libpod|nerdctl';
const bareId = /^[0-9a-f]{64}$/;
/** `docker-<id>.scope` of the systemd driver, `crio-<id>` and `libpod-<id>` of the other one. */
const prefixedId = new RegExp(`^(${prefixes})-([0-9a-f]{64})(?:\\.scope)?$`);
/** `<slice>:cri-containerd:<id>`: a systemd-style path given to an engine that runs without that driver. */
const colonId = new RegExp(`:(${prefixes}):([0-9a-f]{64})$`);
/** The monitor that CRI-O and podman put beside a container. */
const conmon = /^(?:crio|libpod)-conmon-[0-9a-f]{64}(?:\.scope)?$/;
/** `-` between groups with the cgroupfs driver, `_` with systemd; a static pod's UID is a hash without either. */
const podSegment =
  /(?:^|-)pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::|$)/;
const engineParent =
  /^(?:docker|ecs|garden|libpod_parent|lxc|lxc\..*|machine\.slice|(?:.*-)?kubepods(?:[-.].*)?)$/;
/** Scopes of low-level runtimes, of engines' builds, and of engines that we do not know but that name by 64 hex digits. */
const engineScope = new RegExp(`^(?:(?:${prefixes}|buildkit|crun|runc|youki)-.*|.*-[0-9a-f]{64})\\.scope$`);
const systemdUnit = /\.(?:automount|mount|path|scope|service|slice|socket|swap|target|timer)$/;

/** Most specific first: where hierarchies differ, the resource controllers are the ones engines always set. */
const controllerOrder = ['memory', 'pids', 'name=systemd', ''];
/** What decides when no line names a container. */
const kindOrder: readonly LineKind[] = ['container-like', 'unseen', 'unfamiliar', 'unit', 'root'];

/**
 * Reads the text of `/proc/PID/cgroup`: one line a hierarchy (v1, hybrid) or the single `0::` line (v2).
 * Never guesses: whole segments must match. Source of the format: cgroups(7), cgroup_namespaces(7).
 */
export function readCgroup(text: string, root: CgroupRoot): CgroupReading {
  const lines: Line[] = [];
  for (const row of text.split('\n')) {
    const parts = splitRow(row);
    if (parts !== undefined) lines.push(readLine(parts.controllers, parts.path, root));
  }
  const paths = [...new Set(lines.flatMap((line) => line.path ?? []))].filter((path) => path !== '/');
  const deepest = deepestLine(lines);
  if (deepest === undefined) return withoutContainer(lines, paths);
  const ids = new Set(deepest.chain.map((container) => container.containerId));
  const contradicted = lines.some((line) => line.chain.some((container) => !ids.has(container.containerId)));
  return contradicted ? { kind: 'conflict', paths } : { kind: 'containers', chain: deepest.chain, paths };
}

/**
 * The root of every hierarchy, by the cgroup text of a process that is always there: a kernel thread,
 * or a systemd that is process 1 in its `init.scope`.
 */
export function cgroupRootOf(text: string): CgroupRoot {
  const roots = new Map<string, string>();
  for (const row of text.split('\n')) {
    const parts = splitRow(row);
    if (parts !== undefined) roots.set(parts.controllers, parts.path.replace(/\/init\.scope$/, '') || '/');
  }
  return roots.size === 0 ? 'unknown' : roots;
}

/** `hierarchy:controllers:path`; the path itself may hold colons. */
function splitRow(row: string): { readonly controllers: string; readonly path: string } | undefined {
  const first = row.indexOf(':');
  const second = first < 0 ? -1 : row.indexOf(':', first + 1);
  if (second < 0 || row[second + 1] !== '/') return undefined;
  // The kernel adds this to the path of a removed cgroup that still holds a dying process.
  const path = row.slice(second + 1).replace(/ \(deleted\)$/, '');
  return { controllers: row.slice(first + 1, second), path };
}

function readLine(controllers: string, shown: string, root: CgroupRoot): Line {
  const segments = shown.split('/').slice(1);
  const chain: CgroupContainer[] = [];
  let podUid: string | undefined;
  let end = 0;
  for (const [position, segment] of segments.entries()) {
    end += 1 + segment.length;
    podUid = podUidOf(segment) ?? podUid;
    const named = containerOf(segment, segments[position - 1]);
    if (named === undefined) continue;
    chain.push({ ...named, scope: shown.slice(0, end), ...(podUid === undefined ? {} : { podUid }) });
    podUid = undefined;
  }
  const path = fromRoot(controllers, shown, root);
  return {
    controllers,
    chain,
    kind: kindOf(segments, path),
    ...(path === undefined ? {} : { path }),
    ...(podUid === undefined ? {} : { podUid }),
  };
}

function fromRoot(controllers: string, shown: string, root: CgroupRoot): string | undefined {
  if (root === 'unknown') return undefined;
  const prefix = root === 'absolute' ? '/' : root.get(controllers);
  if (prefix === undefined) return undefined;
  const path =
    prefix === '/'
      ? shown
      : shown === prefix
        ? '/'
        : shown.startsWith(`${prefix}/`) && shown.slice(prefix.length);
  return path === false || path.startsWith('/..') ? undefined : path;
}

function containerOf(
  segment: string,
  parent?: string,
): Pick<CgroupContainer, 'containerId' | 'engine'> | undefined {
  if (bareId.test(segment)) {
    return parent === 'docker' ? { containerId: segment, engine: 'docker' } : { containerId: segment };
  }
  const match = prefixedId.exec(segment) ?? colonId.exec(segment);
  if (match === null) return undefined;
  const [, prefix = '', containerId = ''] = match;
  const engine = engineOfPrefix[prefix];
  return engine === undefined ? { containerId } : { containerId, engine };
}

function podUidOf(segment: string): string | undefined {
  return podSegment.exec(segment)?.[1]?.replaceAll('_', '-');
}

function kindOf(segments: readonly string[], path: string | undefined): LineKind {
  if (conmon.test(segments.at(-1) ?? '')) return 'unit';
  if (segments.some((segment) => engineParent.test(segment) || engineScope.test(segment)))
    return 'container-like';
  if (path === undefined) return 'unseen';
  if (path === '/') return 'root';
  return systemdUnit.test(path.split('/', 2)[1] ?? '') ? 'unit' : 'unfamiliar';
}

function deepestLine(lines: readonly Line[]): Line | undefined {
  let best: Line | undefined;
  for (const line of lines) {
    if (line.chain.length === 0) continue;
    if (best === undefined || line.chain.length > best.chain.length) best = line;
    else if (line.chain.length === best.chain.length && rank(line) < rank(best)) best = line;
  }
  return best;
}

function rank(line: Line): number {
  const controllers = line.controllers.split(',');
  const position = controllerOrder.findIndex((name) => controllers.includes(name));
  return position < 0 ? controllerOrder.length : position;
}

function withoutContainer(lines: readonly Line[], paths: readonly string[]): CgroupReading {
  const kind = kindOrder.find((candidate) => lines.some((line) => line.kind === candidate)) ?? 'unfamiliar';
  if (kind !== 'container-like') return { kind, paths };
  const podUids = new Set(lines.flatMap((line) => line.podUid ?? []));
  const [podUid] = podUids;
  return podUid === undefined || podUids.size > 1 ? { kind, paths } : { kind, podUid, paths };
}
