import type { Cataloger, FindingRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';

const SETUID = 0o4000;
const SETGID = 0o2000;
const ANYONE_WRITES = 0o002;
const ANYONE_EXECUTES = 0o111;
const GROUP_EXECUTES = 0o010;

/** Script files that go by a name without an ending; those with one are found by it. */
const ENTRY_POINTS = ['docker-entrypoint', 'entrypoint', 'init', 'run', 'start'];

/**
 * Executables whose permission bits give rights away: setuid and setgid ones, and those that anyone may write to.
 * Listing a layer's names says nothing of their modes, and asking for each would cost as much again. So programs are looked at,
 * whose modes are known anyway, and files named like shell scripts.
 */
export const fileModes: Cataloger = {
  id: 'file-modes',
  version: 1,
  candidates: {
    basenames: ENTRY_POINTS,
    suffixes: ['.sh', '.bash', '.ksh'],
    executables: true,
    modes: SETUID | SETGID | ANYONE_WRITES,
    accepts: () => true,
  },
  parse(file) {
    const findings = findingsOf(file);
    return findings.length === 0 ? {} : { findings };
  },
};

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

/** Text, whether it names its interpreter or leaves that to a shell. */
function isScript(file: LayerFile): boolean {
  const [first = 0, second = 0] = file.read(0, 2);
  return (first === 0x23 && second === 0x21) || /\.(?:sh|bash|ksh)$/.test(file.path);
}
