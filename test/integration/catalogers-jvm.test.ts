import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary } from '../../agent/catalogers/binary/index.ts';
import { jvm } from '../../agent/catalogers/jvm/index.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { compose } from '../../core/compose.ts';
import { packagesOf } from '../../core/merge.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';

const ROOT = '/usr/lib/jvm';

/** What a runtime says of itself. */
function settingsOf(java: string): ReadonlyMap<string, string> {
  const run = spawnSync(java, ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  assert.equal(run.status, 0, run.stderr);
  return new Map(
    run.stderr.split('\n').map((line) => {
      const [key = '', value = ''] = line.split(' = ');
      return [key.trim(), value.trim()];
    }),
  );
}

test(
  'every runtime is found with what it says of itself',
  { skip: existsSync(ROOT) ? false : `needs ${ROOT}` },
  () => {
    const found = catalogDirectory(ROOT, jvm).filter(({ status }) => status === 'found');
    assert.ok(found.length > 0);
    for (const { path, packages = [] } of found) {
      const home = join(ROOT, path, '..');
      const settings = settingsOf(join(home, 'bin/java'));
      const [record] = packages;
      assert.equal(record?.version, settings.get('java.runtime.version'), path);
      assert.equal(record?.vendor, settings.get('java.vendor'), path);
      assert.equal(record?.name, existsSync(join(home, 'bin/javac')) ? 'jdk' : 'jre', path);
    }
  },
);

async function purlsIn(root: string): Promise<readonly string[]> {
  const { index, facts } = await scanLayer(rootDirectorySource(root), 'sha256:0', [jvm, binary]);
  const composition = compose([{ index, facts }]);
  const packages = packagesOf(
    composition,
    (_, id) => facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
  return packages.map(({ purl }) => purl);
}

test(
  'a runtime whose `release` was left out is known by its launcher; with it, by that alone',
  { skip: existsSync(ROOT) ? false : `needs ${ROOT}` },
  async () => {
    const [{ path } = { path: '' }] = catalogDirectory(ROOT, jvm).filter(({ status }) => status === 'found');
    const home = join(ROOT, path, '..');
    const version = settingsOf(join(home, 'bin/java')).get('java.version');
    const root = mkdtempSync(join(tmpdir(), 'tallyman-jvm-'));
    try {
      mkdirSync(join(root, 'opt/java/bin'), { recursive: true });
      cpSync(join(home, 'bin/java'), join(root, 'opt/java/bin/java'));
      assert.deepEqual(await purlsIn(root), [`pkg:generic/openjdk@${version}`]);
      cpSync(join(home, 'release'), join(root, 'opt/java/release'), { dereference: true });
      const [purl, ...others] = await purlsIn(root);
      assert.match(purl ?? '', /^pkg:generic\/\w+\/j(?:re|dk)@/);
      assert.deepEqual(others, []);
    } finally {
      rmSync(root, { recursive: true });
    }
  },
);
