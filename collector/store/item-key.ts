import { whole } from './whole.ts';

/** What is held of a state item without looking into it. */
export interface HeldItem {
  readonly key: string;
  readonly hash: Uint8Array;
}

/** The identity behind `kind/` of a key, cut into so many parts; undefined when it is not of that form. */
export function keyParts(key: string, kind: string, count: number): string[] | undefined {
  if (!key.startsWith(`${kind}/`)) return undefined;
  const parts = key.slice(kind.length + 1).split('/');
  return parts.length === count ? parts : undefined;
}

/** What a process' key was made from; undefined when it could be made from nothing: `process/b/1.5/2`. */
export function processKeyParts(
  key: string,
): { readonly boot_id: string; readonly pid: number; readonly start_ticks: number } | undefined {
  const [boot = '', pid = '', ticks = ''] = keyParts(key, 'process', 3) ?? [];
  const parts = { boot_id: boot, pid: whole(Number(pid)), start_ticks: whole(Number(ticks)) };
  return key === `process/${boot}/${parts.pid}/${parts.start_ticks}` ? parts : undefined;
}
