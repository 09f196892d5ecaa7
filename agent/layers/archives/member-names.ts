import { posix } from 'node:path';
import { LayerError } from '../layer-error.ts';
import { memberPath } from '../tar/member-path.ts';
import type { TarMember } from '../tar/parser.ts';
import { MAX_MEMBERS } from './archive-files.ts';

/** As many links as Linux follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** The regular files of an archive's tar, also by the names of links to them: old `docker save` linked equal layers. */
export interface MemberNames {
  add(member: TarMember): void;
  /** The member behind a name. */
  find(name: string): TarMember | undefined;
}

export function memberNames(): MemberNames {
  const files = new Map<string, TarMember>();
  const links = new Map<string, string>();
  return {
    add(member) {
      if (files.size + links.size >= MAX_MEMBERS) {
        throw new LayerError('limit', `the archive has more than ${MAX_MEMBERS} members`);
      }
      const where = memberPath(member.name);
      if (where.is !== 'path') return;
      const { path } = where;
      files.delete(path);
      links.delete(path);
      if (member.type === 'file') files.set(path, member);
      if (member.type === 'hardlink') links.set(path, posix.normalize(member.linkName));
      if (member.type === 'symlink') links.set(path, posix.join(posix.dirname(path), member.linkName));
    },
    find(name) {
      let path = posix.normalize(name);
      for (let followed = 0; followed < MOST_LINKS; followed++) {
        const target = links.get(path);
        if (target === undefined) return files.get(path);
        path = target;
      }
      return undefined;
    },
  };
}
