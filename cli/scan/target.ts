import { closest } from '../../platform/closest.ts';
import { EXIT, Failure } from '../failure.ts';

const KINDS = {
  dir: 'PATH',
  'docker-archive': 'FILE',
  'oci-archive': 'FILE',
  'oci-layout': 'DIR',
  containerd: 'NAME',
  docker: 'NAME',
} as const;

export type TargetKind = keyof typeof KINDS;

/** What to scan, as the operator wrote it. */
export interface ScanTarget {
  /** All of it. */
  readonly text: string;
  readonly kind: TargetKind;
  /** What stands behind the kind: a path, or the name, ID or digest of an image. */
  readonly subject: string;
}

/** `dir:PATH, docker-archive:FILE, …` */
export const TARGET_FORMS = Object.entries(KINDS)
  .map(([kind, subject]) => `${kind}:${subject}`)
  .join(', ');

/** Throws a Failure that lists the kinds. */
export function parseTarget(text: string): ScanTarget {
  const colon = text.indexOf(':');
  const word = colon < 0 ? text : text.slice(0, colon);
  if (!isKind(word)) {
    const near = closest(word, Object.keys(KINDS));
    const advice = near === undefined ? '' : `did you mean ${near}:? `;
    throw new Failure(EXIT.usage, `"${text}" is no target; ${advice}a target is one of ${TARGET_FORMS}`);
  }
  const subject = colon < 0 ? '' : text.slice(colon + 1);
  if (subject === '') {
    throw new Failure(EXIT.usage, `"${text}" names nothing; write ${word}:${KINDS[word]}`);
  }
  return { text, kind: word, subject };
}

function isKind(word: string): word is TargetKind {
  return Object.hasOwn(KINDS, word);
}
