import { linesOf } from '../package-database/text.ts';

/** A key and its value, either of them in quotes; or the old form, `LABEL KEY VALUE`. */
const PAIR = /("[^"]*"|'[^']*'|[^\s=]+)=("[^"]*"|'[^']*'|[^\s]*)/g;
const INSTRUCTION = /^\s*LABEL\s+/i;
const MAX_INSTRUCTION = 64 * 1024;

/**
 * The labels that a Dockerfile sets, the last of each name. Values with variables are left out: these are not in the file.
 * Source: Docker's Dockerfile reference, "LABEL".
 */
export function dockerfileLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const instruction of instructionsOf(text)) {
    if (!INSTRUCTION.test(instruction)) continue;
    const pairs = instruction.replace(INSTRUCTION, '');
    for (const [, key = '', value = ''] of pairs.matchAll(PAIR)) {
      const plain = unquoted(value);
      if (plain !== '' && !plain.includes('$')) labels.set(unquoted(key), plain);
    }
  }
  return labels;
}

/** Lines that end with a backslash go on in the next; comments between them do not end them. */
function* instructionsOf(text: string): Generator<string> {
  let pending = '';
  for (const line of linesOf(text)) {
    const part = line.trimEnd();
    if (/^\s*#/.test(part)) continue;
    if (part.endsWith('\\') && pending.length < MAX_INSTRUCTION) {
      pending += `${part.slice(0, -1)} `;
      continue;
    }
    yield pending + part;
    pending = '';
  }
  if (pending !== '') yield pending;
}

function unquoted(text: string): string {
  const quote = text[0];
  return (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text;
}
