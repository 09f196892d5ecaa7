import type { Cataloger, FindingRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { CREDENTIAL_FILES, GOOGLE_KEY, type CredentialFile } from './credential-files.ts';
import { keystoreFinding } from './keystore.ts';
import { passwordFindings } from './passwords.ts';
import { keyFinding } from './private-key.ts';

/** Key files are small; so are bundles that hold a key among certificates. */
const MAX_BYTES = 1 << 20;

const KEY_NAMES = ['id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_rsa', 'identity'];
const HOST_KEY_NAMES = ['dsa', 'ecdsa', 'ed25519', 'rsa'].map((kind) => `ssh_host_${kind}_key`);
const KEY_ENDINGS = ['.key', '.pem', '.ppk', '.asc'];
const KEYSTORE_ENDINGS = ['.jceks', '.jks', '.keystore', '.p12', '.pfx'];
/** Directories of tests, examples and documentation. */
const SAMPLES =
  /(?:^|\/)(?:docs?|dummyserver|examples?|fixtures|samples?|templates|testdata|test_data|testing|tests?)\//i;
const PASSWORDS = 'etc/shadow';

const BY_NAME: ReadonlyMap<string, readonly CredentialFile[]> = Map.groupBy(
  CREDENTIAL_FILES.flatMap((one) => one.basenames.map((name) => ({ ...one, name }))),
  ({ name }) => name,
);

/**
 * Private keys and files with credentials, told by name and by what is in them. What is secret in a file never leaves it:
 * findings name the file and the kind.
 */
export const credentials: Cataloger = {
  id: 'credentials',
  version: 1,
  candidates: {
    basenames: [...KEY_NAMES, ...HOST_KEY_NAMES, 'shadow', ...BY_NAME.keys()],
    suffixes: [...KEY_ENDINGS, ...KEYSTORE_ENDINGS, '.json'],
    accepts: (path) =>
      path === PASSWORDS || isKeyName(path) || isKeystoreName(path) || fileKindsOf(path).length > 0,
  },
  parse(file) {
    const findings = findingsIn(file);
    if (findings.length > 0) return { findings: findings.map((one) => inItsPlace(one, file.path)) };
    return file.size > MAX_BYTES ? { truncated: `only its first ${MAX_BYTES} bytes were looked at` } : {};
  },
};

/** Keys made for tests and examples open nothing; they are told apart, not left out: anyone can use such a directory's name. */
function inItsPlace(finding: FindingRecord, path: string): FindingRecord {
  return SAMPLES.test(path) ? { ...finding, evidence: `${finding.evidence}, among samples` } : finding;
}

function findingsIn(file: LayerFile): readonly FindingRecord[] {
  const bytes = file.read(0, MAX_BYTES);
  if (isKeystoreName(file.path)) return present(keystoreFinding(bytes));
  const text = new TextDecoder('latin1').decode(bytes);
  if (file.path === PASSWORDS) return passwordFindings(text);
  const found = fileKindsOf(file.path).find(({ shows }) => shows.test(text));
  if (found !== undefined) return [{ ruleId: 'credential-file', kind: found.kind, evidence: found.evidence }];
  return isKeyName(file.path) ? present(keyFinding(text)) : [];
}

function fileKindsOf(path: string): readonly CredentialFile[] {
  const named = BY_NAME.get(baseName(path)) ?? (path.endsWith('.json') ? [GOOGLE_KEY] : []);
  return named.filter(({ path: pattern }) => pattern.test(path));
}

function isKeyName(path: string): boolean {
  const name = baseName(path);
  return (
    KEY_NAMES.includes(name) ||
    HOST_KEY_NAMES.includes(name) ||
    KEY_ENDINGS.some((ending) => name.endsWith(ending))
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isKeystoreName(path: string): boolean {
  return KEYSTORE_ENDINGS.some((ending) => path.endsWith(ending));
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
