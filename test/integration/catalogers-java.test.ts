import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { java } from '../../agent/catalogers/java/index.ts';
import type { Fact, PackageRecord } from '../../core/facts.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { debianJars, needsDebianJars, type DebianJar } from '../support/debian-java.ts';
import { needsCommands } from '../support/requirements.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-java-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Prints what Maven's own files in each archive say, by path; the directory counts where they say nothing. */
const listing = `
import json, os, sys, zipfile
found = {}
for folder, _, files in os.walk(sys.argv[1]):
    for file in files:
        path = os.path.join(folder, file)
        with zipfile.ZipFile(path) as archive:
            stated = set()
            for name in archive.namelist():
                parts = name.split('/')
                if parts[-1] != 'pom.properties' or parts[-5:-3] != ['META-INF', 'maven']: continue
                text = archive.read(name).decode('latin-1').splitlines()
                pairs = dict(line.split('=', 1) for line in text if '=' in line and not line.startswith('#'))
                value = lambda key: pairs.get(key, '').strip()
                stated.add(':'.join([value('groupId') or parts[-3], value('artifactId') or parts[-2], value('version')]))
            found[os.path.relpath(path, sys.argv[1])] = sorted(stated)
print(json.dumps(found))
`;

function run(command: string, args: readonly string[], cwd = scratch): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 << 20, timeout: 300_000 });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  return result.stdout;
}

function coordinates({ namespace = '', name, version }: PackageRecord): string {
  return `${namespace}:${name}:${version}`;
}

/** Every jar under the name and place that it has in Maven's repository. */
const repository = join(scratch, 'repository');
const jars = debianJars();
let facts: readonly Fact[] = [];

function pathOf({ group, artifact, version }: DebianJar): string {
  return join(group, artifact, `${artifact}-${version}.jar`);
}

before(() => {
  for (const jar of jars) {
    const path = join(repository, pathOf(jar));
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(jar.path, path);
  }
  if (jars.length > 0) facts = catalogDirectory(repository, java);
});

const skip = needsDebianJars() || needsCommands('python3');

test('what Maven described in an archive is found, and no more', { skip }, () => {
  assert.ok(jars.length >= 50, `${jars.length} jars`);
  const described = JSON.parse(run('python3', ['-c', listing, repository])) as Record<
    string,
    readonly string[]
  >;
  assert.equal(facts.length, Object.keys(described).length);
  for (const { path, packages = [] } of facts) {
    const stated = described[path] ?? [];
    const found = packages.map(coordinates);
    for (const one of stated) assert.ok(found.includes(one), `${path} lacks ${one}`);
    const own = basename(path, '.jar');
    const others = packages.filter((one) => !stated.includes(coordinates(one)));
    for (const { name, version } of others) assert.equal(`${name}-${version}`, own, path);
    assert.ok(others.length <= 1, path);
  }
});

test(
  'every archive has its coordinates, or its name and a digest where nothing tells the group',
  { skip },
  () => {
    for (const jar of jars) {
      const fact = facts.find(({ path }) => path === pathOf(jar));
      const own = fact?.packages?.find(
        ({ name, version }) => name === jar.artifact && version === jar.version,
      );
      assert.ok(own, `${pathOf(jar)}: ${fact?.packages?.map(coordinates).join(' ') ?? fact?.message}`);
      if (own.namespace === undefined) assert.match(own.sha1 ?? '', /^[0-9a-f]{40}$/, pathOf(jar));
      else assert.equal(own.namespace, jar.group, pathOf(jar));
    }
  },
);

test('nothing is cut short or failed', { skip }, () => {
  const odd = facts.filter(({ status, truncated }) => status === 'error' || truncated !== undefined);
  assert.deepEqual(odd, []);
});

/** A folder as build tools lay it out before they pack it, with real libraries. */
function layOut(name: string, libraries: string): readonly string[] {
  const folder = join(scratch, name);
  mkdirSync(join(folder, libraries), { recursive: true });
  mkdirSync(join(folder, 'META-INF/maven/com.acme/shop'), { recursive: true });
  writeFileSync(join(folder, 'manifest'), 'Main-Class: com.acme.Launcher\nStart-Class: com.acme.Shop\n');
  writeFileSync(
    join(folder, 'META-INF/maven/com.acme/shop/pom.properties'),
    'groupId=com.acme\nartifactId=shop\nversion=1.4\n',
  );
  const chosen = jars.slice(0, 20);
  for (const jar of chosen) copyFileSync(jar.path, join(folder, libraries, basename(pathOf(jar))));
  return chosen.flatMap((jar) => {
    const alone = facts.find(({ path }) => path === pathOf(jar));
    return (alone?.packages ?? []).map((one) => `${coordinates(one)} ${libraries}/${basename(pathOf(jar))}`);
  });
}

function foundIn(folder: string): {
  readonly application: readonly string[];
  readonly libraries: readonly string[];
} {
  const [fact] = catalogDirectory(folder, java);
  assert.equal(fact?.truncated, undefined);
  const packages = fact?.packages ?? [];
  return {
    application: packages.filter(({ role }) => role === 'application').map(coordinates),
    libraries: packages
      .filter(({ role }) => role === undefined)
      .map((one) => `${coordinates(one)} ${one.inside ?? 'nowhere'}`)
      .toSorted(),
  };
}

const packings: readonly {
  readonly name: string;
  readonly libraries: string;
  readonly commands: readonly string[];
  readonly pack: (folder: string, target: string) => void;
}[] = [
  {
    name: 'a program with stored libraries, as Spring Boot packs it',
    libraries: 'BOOT-INF/lib',
    commands: ['jar'],
    pack: (folder, target) =>
      run('jar', ['-c', '-0', '-f', target, '-m', 'manifest', 'BOOT-INF', 'META-INF'], folder),
  },
  {
    name: 'a web application with compressed libraries',
    libraries: 'WEB-INF/lib',
    commands: ['jar'],
    pack: (folder, target) =>
      run('jar', ['-c', '-f', target, '-m', 'manifest', 'WEB-INF', 'META-INF'], folder),
  },
  {
    name: 'a program behind a script, whose offsets do not count it',
    libraries: 'BOOT-INF/lib',
    commands: ['zip'],
    pack(folder, target) {
      run('zip', ['-q', '-r', target, 'BOOT-INF', 'META-INF'], folder);
      writeFileSync(
        target,
        Buffer.concat([Buffer.from('#!/bin/sh\nexec java -jar "$0"\n'), readFileSync(target)]),
      );
    },
  },
  {
    name: 'a program behind a script, whose offsets count it',
    libraries: 'BOOT-INF/lib',
    commands: ['zip'],
    pack(folder, target) {
      run('zip', ['-q', '-r', target, 'BOOT-INF', 'META-INF'], folder);
      writeFileSync(
        target,
        Buffer.concat([Buffer.from('#!/bin/sh\nexec java -jar "$0"\n'), readFileSync(target)]),
      );
      run('zip', ['-q', '-A', target], folder);
    },
  },
  {
    name: 'a program in an archive of the large kind, written as a stream',
    libraries: 'BOOT-INF/lib',
    commands: ['zip'],
    pack(folder, target) {
      run('sh', ['-c', `zip -q -r -fz - BOOT-INF META-INF | cat > '${target}'`], folder);
    },
  },
];

for (const [i, { name, libraries, commands, pack }] of packings.entries()) {
  test(
    `finds the application and every library of ${name}`,
    { skip: skip || needsCommands(...commands) },
    () => {
      const expected = layOut(`layout${i}`, libraries);
      const target = join(scratch, `packed${i}`);
      mkdirSync(target);
      pack(join(scratch, `layout${i}`), join(target, 'app.jar'));
      assert.deepEqual(foundIn(target), {
        application: ['com.acme:shop:1.4'],
        libraries: expected.toSorted(),
      });
    },
  );
}
