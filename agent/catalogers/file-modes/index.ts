import type { Cataloger, FindingRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';

const SETUID = 0o4000;
const SETGID = 0o2000;
const ANYONE_WRITES = 0o002;
const ANYONE_EXECUTES = 0o111;
const GROUP_EXECUTES = 0o010;

/** Files that are taken for text by their name, and so are not asked for their mode: scripts of shells, wherever they lie. */
const SHELL_ENDINGS = ['.sh', '.bash'];
/** Those of other languages are modules mostly, except where commands lie. */
const OTHER_SCRIPTS = new Set(['.js', '.lua', '.php', '.pl', '.py', '.rb', '.tcl']);
const AMONG_COMMANDS = /(?:^|\/)s?bin$/;

const HEAD_BYTES = 64;
/** What text never holds: all control characters but white space and escape. */
// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/;

/**
 * Executables whose permission bits give rights away: setuid and setgid ones, and those that anyone may write to.
 * Listing a layer's names says nothing of their modes, and asking for each would cost as much again. So whatever may be a
 * program by its name is looked at, whose mode is asked for anyway, and files named like scripts.
 */
export const fileModes: Cataloger = {
  id: 'file-modes',
  version: 2,
  candidates: {
    suffixes: [...SHELL_ENDINGS, ...OTHER_SCRIPTS],
    executables: true,
    modes: SETUID | SETGID | ANYONE_WRITES,
    accepts: (path) => !OTHER_SCRIPTS.has(path.slice(path.lastIndexOf('.'))) || isAmongCommands(path),
  },
  parse(file) {
    const findings = findingsOf(file);
    return findings.length === 0 ? {} : { findings };
  },
};

/** Asked for every script of an image: most are told apart by the end of their folder's name alone. */
function isAmongCommands(path: string): boolean {
  const slash = path.lastIndexOf('/');
  return path.endsWith('bin', slash) && AMONG_COMMANDS.test(path.slice(0, slash));
}

function findingsOf(file: LayerFile): readonly FindingRecord[] {
  const { mode } = file;
  if ((mode & ANYONE_EXECUTES) === 0) return [];
  const kind = isScript(file) ? 'script' : 'program';
  const evidence = `mode ${mode.toString(8).padStart(4, '0')}`;
  const findings: FindingRecord[] = [];
  // Linux heeds neither bit of a script, and setgid without the group's execute bit is about locks. Source: execve(2), stat(2).
  if (kind === 'program' && (mode & SETUID) !== 0) findings.push({ ruleId: 'setuid-file', kind, evidence });
  if (kind === 'program' && (mode & SETGID) !== 0 && (mode & GROUP_EXECUTES) !== 0)
    findings.push({ ruleId: 'setgid-file', kind, evidence });
  if ((mode & ANYONE_WRITES) !== 0) findings.push({ ruleId: 'world-writable-executable', kind, evidence });
  return findings;
}

/** Text, whether it names its interpreter or leaves that to a shell, as execvp(3) does. */
function isScript(file: LayerFile): boolean {
  const head = String.fromCharCode(...file.read(0, HEAD_BYTES));
  return head.startsWith('#!') || !NO_TEXT.test(head);
}
