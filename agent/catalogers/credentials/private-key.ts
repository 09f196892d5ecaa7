import type { FindingRecord } from '../../../core/facts.ts';

/** Header of a PEM block, its first lines if they are fields, and the beginning of its content. Source: RFC 7468, RFC 1421. */
const PEM =
  /^-----BEGIN ((?:[A-Z0-9]{1,12} ){0,3})PRIVATE KEY(?: BLOCK)?-----[ \t]{0,8}\r?\n((?:[A-Za-z-]{1,20}: [^\r\n]{0,100}\r?\n){0,5})(?:\r?\n)?([A-Za-z0-9+/=]{16,})/;
const PUTTY = /^PuTTY-User-Key-File-\d: [\w@.-]+\r?\nEncryption: (\S+)/;
const GNUPG =
  /^(?:\(\d{1,4}:(protected-)?private-key|(?:[A-Z][A-Za-z-]{1,20}: [^\n]{0,200}\n){0,9}Key: \((protected-)?private-key)/;
const OPENSSH_UNENCRYPTED = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmU';

const BEGIN = '-----BEGIN ';
const MAX_HEADER = 1024;
const MAX_BLOCKS = 10_000;

/** The first private key in a text file. */
export function keyFinding(text: string): FindingRecord | undefined {
  const putty = PUTTY.exec(text);
  if (putty !== null) return finding('putty', putty[1] !== 'none');
  const gnupg = GNUPG.exec(text);
  if (gnupg !== null) return finding('gnupg', (gnupg[1] ?? gnupg[2]) !== undefined);
  let blocks = 0;
  for (let at = text.indexOf(BEGIN); at !== -1 && blocks < MAX_BLOCKS; at = text.indexOf(BEGIN, at + 1)) {
    blocks += 1;
    const match = PEM.exec(text.slice(at, at + MAX_HEADER));
    if (match !== null) return pemFinding(match);
  }
  return undefined;
}

function pemFinding([, label = '', fields = '', content = '']: RegExpExecArray): FindingRecord {
  const kind = label.trim().toLowerCase();
  if (kind === 'pgp') return finding('pgp', undefined);
  if (kind === 'openssh') return finding('openssh', !content.startsWith(OPENSSH_UNENCRYPTED));
  return finding('pem', kind.includes('encrypted') || fields.includes('ENCRYPTED'));
}

function finding(kind: string, isEncrypted: boolean | undefined): FindingRecord {
  const evidence = isEncrypted === true ? 'encrypted private key' : 'private key';
  return {
    ruleId: 'private-key',
    kind,
    evidence: isEncrypted === false ? `unencrypted ${evidence}` : evidence,
  };
}
