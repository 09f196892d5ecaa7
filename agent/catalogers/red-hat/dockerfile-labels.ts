import { linesOf } from '../package-database/text.ts';

const INSTRUCTION = /^\s{0,100}LABEL\s/i;
/** Longer ones are left out. */
const MAX_INSTRUCTION = 64 * 1024;

/**
 * The labels that a Dockerfile sets, the last of each name. Values with variables are left out: these are not in the file.
 * Source: Docker's Dockerfile reference, "LABEL".
 */
export function dockerfileLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const instruction of instructionsOf(text)) {
    if (instruction.length > MAX_INSTRUCTION || !INSTRUCTION.test(instruction)) continue;
    for (const word of wordsOf(instruction)) {
      const equals = word.indexOf('=');
      const value = word.slice(equals + 1);
      if (equals > 0 && value !== '' && !value.includes('$')) labels.set(word.slice(0, equals), value);
    }
  }
  return labels;
}

/** Lines that end with a backslash go on in the next; comments between them do not end them. */
function* instructionsOf(text: string): Generator<string> {
  let pending = '';
  for (const line of linesOf(text)) {
    if (line.trimStart().startsWith('#')) continue;
    const part = line.trimEnd();
    if (part.endsWith('\\')) {
      // Of what is too long already, no more need be kept.
      if (pending.length <= MAX_INSTRUCTION) pending += `${part.slice(0, -1)} `;
      continue;
    }
    yield pending + part;
    pending = '';
  }
  if (pending !== '') yield pending;
}

/** Words between blanks, without the quotes that any part of them may be in. */
function* wordsOf(instruction: string): Generator<string> {
  let word = '';
  let quote = '';
  for (let at = 0; at < instruction.length; at += 1) {
    const character = instruction[at] ?? '';
    if (character === quote) quote = '';
    else if (character === '\\' && quote !== "'") word += instruction[(at += 1)] ?? '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === '' && (character === ' ' || character === '\t')) {
      if (word !== '') yield word;
      word = '';
    } else word += character;
  }
  if (word !== '') yield word;
}
