/**
 * What containerd's garbage collector reads off the labels of an object. IDs are those of `contentId`, `snapshotId`,
 * `imageNameId` and `containerId`. Source: containerd, docs/garbage-collection.md and core/metadata/gc.go; back
 * references and conditions are of containerd 2 and mean nothing to older ones, where nobody sets them.
 */
export interface LabelReferences {
  /** IDs of what the object keeps. */
  readonly refs: readonly string[];
  /** IDs of what keeps the object. */
  readonly keptBy: readonly string[];
  /** Kept whatever refers to it. */
  readonly isRoot: boolean;
}

const ROOT = 'containerd.io/gc.root';
const CONTENT = 'containerd.io/gc.ref.content';
const SNAPSHOT = 'containerd.io/gc.ref.snapshot.';
const CONDITIONAL_SNAPSHOT = 'containerd.io/gc.cond.snapshot';
const CONTENT_BACK = 'containerd.io/gc.bref.content';
const SNAPSHOT_BACK = 'containerd.io/gc.bref.snapshot.';
const IMAGE_BACK = 'containerd.io/gc.bref.image';
const CONTAINER_BACK = 'containerd.io/gc.bref.container';
const ANY = 'containerd.io/gc.';
/** Most blobs are layers, which have no such label. */
const NOTHING: LabelReferences = { refs: [], keptBy: [], isRoot: false };

export function contentId(namespace: string, digest: string): string {
  return `content/${namespace}/${digest}`;
}

export function snapshotId(namespace: string, snapshotter: string, key: string): string {
  return `snapshot/${namespace}/${snapshotter}/${key}`;
}

export function imageNameId(namespace: string, name: string): string {
  return `image/${namespace}/${name}`;
}

export function containerId(namespace: string, id: string): string {
  return `container/${namespace}/${id}`;
}

export function labelReferences(
  namespace: string,
  labels: Readonly<Record<string, string>>,
): LabelReferences {
  const relevant = Object.keys(labels).filter((key) => key.startsWith(ANY));
  if (relevant.length === 0) return NOTHING;
  const refs: string[] = [];
  const keptBy: string[] = [];
  let isRoot = false;
  for (const key of relevant) {
    const value = labels[key] ?? '';
    if (isNamed(key, ROOT)) isRoot = true;
    else if (isNamed(key, CONTENT)) refs.push(contentId(namespace, value));
    else if (key.startsWith(SNAPSHOT)) refs.push(snapshotId(namespace, snapshotter(key, SNAPSHOT), value));
    else if (isNamed(key, CONTENT_BACK)) keptBy.push(contentId(namespace, value));
    else if (key.startsWith(SNAPSHOT_BACK))
      keptBy.push(snapshotId(namespace, snapshotter(key, SNAPSHOT_BACK), value));
    else if (isNamed(key, IMAGE_BACK)) keptBy.push(imageNameId(namespace, value));
    else if (isNamed(key, CONTAINER_BACK)) keptBy.push(containerId(namespace, value));
    else if (isNamed(key, CONDITIONAL_SNAPSHOT)) {
      // `condition,condition|key`. Where no condition holds, the snapshot is gone by itself.
      const at = value.indexOf('|');
      const name = snapshotter(key, CONDITIONAL_SNAPSHOT).replace(/^[./]+/, '');
      if (at >= 0) refs.push(snapshotId(namespace, name, value.slice(at + 1)));
    }
  }
  return { refs, keptBy, isRoot };
}

/** The label itself, or with a name of somebody's choice behind `.` or `/`. */
function isNamed(key: string, label: string): boolean {
  if (!key.startsWith(label)) return false;
  const next = key[label.length];
  return next === undefined || next === '.' || next === '/';
}

/** The part of a label's key that names a snapshotter; what is behind a slash is a name of somebody's choice. */
function snapshotter(key: string, label: string): string {
  const rest = key.slice(label.length).replace(/^[./]+/, '');
  const slash = rest.indexOf('/');
  return slash < 0 ? rest : rest.slice(0, slash);
}
