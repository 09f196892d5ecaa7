import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jvm } from '../../agent/catalogers/jvm/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';

const ROOT = '/usr/lib/jvm';

/** What a runtime says of itself. */
function settingsOf(java: string): ReadonlyMap<string, string> {
  const run = spawnSync(java, ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
    timeout: 60_000,
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
