import { decodeLayerIndex, layerIndexBuilder } from '../../../core/layer-index.ts';
import type { EntryKind } from '../../../core/layer.ts';
import { pathTable } from './path-table.ts';

/** The member number of what has no content of its own. */
const NO_MEMBER = 0xffffffff;
/** What a path that was replaced costs in memory, besides its text. */
const PATCH_BYTES = 150;
const KINDS: readonly EntryKind[] = ['file', 'directory', 'opaque', 'symlink', 'whiteout', 'other'];

/** A layer's names as a tar tells them: in any order, with parents left out, and sometimes twice. */
export interface TarIndex {
  /** `member`: number of the tar member that holds the content of a file. */
  add(path: string, kind: EntryKind, extra?: { readonly target?: string; readonly member?: number }): void;
  /** Number of the member that holds the content of the file at a path; `undefined` where there is no file. */
  memberOf(path: string): number | undefined;
  readonly entryCount: number;
  /** Of the names, and of what is remembered of those that were replaced. */
  readonly byteLength: number;
  finish(): Uint8Array<ArrayBuffer>;
}

/**
 * Makes of a tar's names what unpacking it over nothing would leave, each path once:
 * - folders that are only implied are listed;
 * - a later member replaces an earlier one, with all below it unless both are folders;
 * - a whiteout speaks of the layers below: beside a folder of the same name it makes this opaque, and it yields to
 *   anything else. Source: OCI image-spec, layer.md, "Whiteouts".
 */
export function tarIndex(): TarIndex {
  const builder = layerIndexBuilder();
  const numbers = pathTable();
  let kinds = new Uint8Array(1024);
  let members = new Uint32Array(1024);
  /** Symlink targets that replaced what the builder was told. */
  const targets = new Map<number, string | undefined>();
  /** Folders that were replaced by something else: entries below them with smaller numbers are gone. */
  const cuts = new Map<string, number>();
  let isPatched = false;
  let patchBytes = 0;
  let listedParent = '';

  function isCut(path: string, number: number): boolean {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      if ((cuts.get(path.slice(0, slash)) ?? 0) > number) return true;
    }
    return false;
  }

  function find(path: string): number | undefined {
    const number = numbers.get(path);
    return number !== undefined && cuts.size > 0 && isCut(path, number) ? undefined : number;
  }

  function kindOf(number: number): EntryKind {
    return KINDS[kinds[number] ?? 0] ?? 'other';
  }

  function grow(): void {
    const largerKinds = new Uint8Array(2 * kinds.length);
    const largerMembers = new Uint32Array(2 * members.length);
    largerKinds.set(kinds);
    largerMembers.set(members);
    kinds = largerKinds;
    members = largerMembers;
  }

  function append(path: string, kind: EntryKind, target: string | undefined, member: number): void {
    const number = builder.entryCount;
    if (number >= members.length) grow();
    numbers.set(path, number);
    kinds[number] = KINDS.indexOf(kind);
    members[number] = member;
    builder.add(path, kind, target);
  }

  function listParents(path: string): void {
    const slash = path.lastIndexOf('/');
    const parent = slash === -1 ? '' : path.slice(0, slash);
    if (parent === listedParent) return;
    const missing: string[] = [];
    for (let above = parent; above !== ''; above = above.slice(0, Math.max(0, above.lastIndexOf('/')))) {
      const number = find(above);
      if (number === undefined) missing.push(above);
      else if (kindOf(number) === 'whiteout') patch(number, 'opaque');
      if (number !== undefined) break;
    }
    for (const above of missing.reverse()) append(above, 'directory', undefined, NO_MEMBER);
    listedParent = parent;
  }

  function patch(number: number, kind: EntryKind): void {
    if (kindOf(number) === kind) return;
    kinds[number] = KINDS.indexOf(kind);
    isPatched = true;
  }

  return {
    add(path, kind, { target, member = NO_MEMBER } = {}) {
      const number = find(path);
      if (number === undefined) {
        listParents(path);
        append(path, kind, target, member);
        return;
      }
      const before = kindOf(number);
      const now = combined(before, kind);
      if (now === undefined) return;
      if (isFolder(before) && !isFolder(now)) {
        cuts.set(path, builder.entryCount);
        patchBytes += PATCH_BYTES + path.length;
        listedParent = '';
      }
      patch(number, now);
      members[number] = member;
      if (now !== 'symlink') return;
      targets.set(number, target);
      patchBytes += PATCH_BYTES + (target?.length ?? 0);
      isPatched = true;
    },
    memberOf(path) {
      const number = find(path);
      const member = number === undefined ? NO_MEMBER : members[number];
      return member === NO_MEMBER ? undefined : member;
    },
    get entryCount() {
      return builder.entryCount;
    },
    get byteLength() {
      return builder.byteLength + patchBytes;
    },
    finish() {
      const encoded = builder.finish(false);
      if (!isPatched) return encoded;
      const patched = layerIndexBuilder();
      let number = 0;
      for (const { path, target } of decodeLayerIndex('', encoded).entries()) {
        const newest = targets.has(number) ? targets.get(number) : target;
        if (!isCut(path, number)) patched.add(path, kindOf(number), newest);
        number++;
      }
      return patched.finish(false);
    },
  };
}

function isFolder(kind: EntryKind): boolean {
  return kind === 'directory' || kind === 'opaque';
}

/** What a path is that was `before` and is named again; `undefined` when nothing changes. */
function combined(before: EntryKind, again: EntryKind): EntryKind | undefined {
  if (again === 'whiteout') return before === 'directory' ? 'opaque' : undefined;
  if (again === 'directory') return before === 'whiteout' || before === 'opaque' ? 'opaque' : again;
  return again;
}
