import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Verdict } from '../../../core/cleanup/policy.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import { EXIT, Failure } from '../../failure.ts';

const LINE = /^(sha(?:256|384|512):[0-9a-f]+)\s+(\S.*)$/;

/** Reads verdicts from a file, `-` being standard input. Throws a Failure. */
export async function readVerdictFile(path: string): Promise<readonly Verdict[]> {
  const content = await (path === '-' ? text(process.stdin) : readFile(path, 'utf8')).catch(
    (error: unknown) => {
      throw new Failure(EXIT.notFound, `${path} cannot be read: ${errorMessage(error)}`, error);
    },
  );
  return parseVerdicts(content);
}

/**
 * A JSON array of `digest` and `reason`, or a line for each: the digest, white space, the reason. Empty lines and those
 * that begin with # are passed over. Throws a Failure that names the line.
 */
export function parseVerdicts(content: string): readonly Verdict[] {
  if (content.trimStart().startsWith('[')) return fromJson(content);
  return content.split('\n').flatMap((line, at) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const [, digest, reason] = LINE.exec(trimmed) ?? [];
    if (digest === undefined || reason === undefined)
      throw new Failure(
        EXIT.usage,
        `line ${at + 1} is no verdict: write a digest and a reason, sha256:… old`,
      );
    return [{ digest, reason }];
  });
}

function fromJson(content: string): readonly Verdict[] {
  let entries: unknown;
  try {
    entries = JSON.parse(content);
  } catch (error) {
    throw new Failure(EXIT.usage, `the verdicts are no JSON: ${errorMessage(error)}`, error);
  }
  if (!Array.isArray(entries)) throw new Failure(EXIT.usage, 'the verdicts are no JSON array');
  return entries.map((entry: unknown, at) => {
    const { digest, reason } = (entry ?? {}) as Record<string, unknown>;
    if (typeof digest === 'string' && typeof reason === 'string') return { digest, reason };
    throw new Failure(EXIT.usage, `entry ${at + 1} is no verdict: it has a digest and a reason`);
  });
}
