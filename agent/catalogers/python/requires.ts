import type { ByteSource } from '../bytes/source.ts';
import { linesOf } from '../package-database/text.ts';
import { requirementNames } from './metadata.ts';

/** Lists of real eggs take some hundred bytes; more is read in part. */
const MAX_BYTES = 256 << 10;

/**
 * Names in an egg's `requires.txt`, without those wanted only for an extra: lines up to the first section of one. A section
 * `[:python_version < "3.8"]` is of no extra, but says when its lines count.
 * Source: setuptools' "The Internal Structure of Python Eggs".
 */
export function readRequires(file: ByteSource): readonly string[] {
  const text = new TextDecoder().decode(file.read(0, Math.min(file.size, MAX_BYTES)));
  const requirements: string[] = [];
  for (const line of linesOf(text)) {
    if (/^\s*\[(?!:)/.test(line)) break;
    requirements.push(line.trim());
  }
  return requirementNames(requirements);
}
