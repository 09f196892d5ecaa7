import type { VersionPattern } from '../classifier.ts';

/**
 * BusyBox is one program under the names of many, as hard links in its own images. Where little tells a program of such
 * a name, this comes first.
 */
export const BUSYBOX: VersionPattern = {
  name: 'busybox',
  anchor: 'BusyBox v',
  pattern: /\x00BusyBox v(\d+\.\d+\.\d+)[^\d.]/,
};
