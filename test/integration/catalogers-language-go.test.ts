import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { goBinary } from '../../agent/catalogers/go/index.ts';
import { downloadPackages, unpackPackages } from '../../cli/demo/debian-packages.ts';
import type { Fact } from '../../core/facts.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const repository = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'tallyman-go-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function go(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const run = spawnSync('go', args, {
    encoding: 'utf8',
    timeout: 300_000,
    ...options,
    env: { ...process.env, ...options.env },
  });
  assert.equal(run.status, 0, `go ${args.join(' ')}: ${run.error?.message ?? run.stderr}`);
  return run.stdout;
}

interface Modules {
  /** The program's own module, or its import path when it was built without modules. */
  readonly program: string;
  /** Module to version, replacements in place of what they replace; versions that are none are empty. */
  readonly built: Readonly<Record<string, string>>;
}

function listedByGo(path: string): Modules {
  const [head = '', ...lines] = go(['version', '-m', path]).trimEnd().split('\n');
  const built: Record<string, string> = { stdlib: /: go(\S+)/.exec(head)?.[1] ?? '' };
  let program = '';
  let last = '';
  for (const [word, name = '', version = ''] of lines.map((line) => line.split('\t').slice(1))) {
    if (word === 'path' && /^[^/]+\./.test(name)) program = name;
    if (word === 'mod') program = name;
    if (word === 'dep') {
      built[name] = version === '(devel)' ? '' : version;
      last = name;
    }
    if (word === '=>') {
      delete built[last];
      built[name.startsWith('.') ? last : name] = name.startsWith('.') ? '' : version;
    }
  }
  return { program, built };
}

function listedByUs({ packages = [] }: Fact): Modules {
  const named = packages.map((one) => ({
    ...one,
    full: [one.namespace, one.name].filter(Boolean).join('/'),
  }));
  const libraries = named.filter(({ role }) => role === undefined);
  return {
    program: named.find(({ role }) => role === 'application')?.full ?? '',
    built: Object.fromEntries(libraries.map(({ full, version }) => [full, version])),
  };
}

function goProgramsIn(directory: string): readonly { readonly path: string; readonly fact: Fact }[] {
  return catalogDirectory(directory, goBinary)
    .filter(({ status }) => status === 'found')
    .map((fact) => ({ path: join(directory, fact.path), fact }));
}

test('modules are those that go lists, for every Go program at hand', { skip: needsCommands('go') }, () => {
  const shipped = ['@bufbuild', '@oxlint-tsgolint', '@typescript'].map((name) =>
    join(repository, 'node_modules', name),
  );
  const programs = [...shipped, '/usr/bin', '/usr/sbin']
    .filter((place) => existsSync(place))
    .flatMap(goProgramsIn);
  assert.ok(programs.length >= 4, programs.map(({ path }) => path).join(' '));
  for (const { path, fact } of programs) assert.deepEqual(listedByUs(fact), listedByGo(path), path);
});

test('the Go programs of this system are exactly those that go knows', { skip: needsCommands('go') }, () => {
  const facts = catalogDirectory('/usr/bin', goBinary);
  assert.ok(facts.every(({ status }) => status !== 'error'));
  const known = go(['version', '/usr/bin'])
    .trim()
    .split('\n')
    .map((line) => line.split(': go')[0] ?? '')
    .filter((path) => lstatSync(path).isFile());
  const found = facts.filter(({ status }) => status === 'found').map(({ path }) => `/usr/bin/${path}`);
  assert.deepEqual(found.toSorted(), known.toSorted());
});

const source: Readonly<Record<string, string>> = {
  'go.mod': [
    'module example.org/Team/hello',
    'go 1.19',
    'require example.org/Dep v1.2.3',
    'replace example.org/Dep => ./dep',
  ].join('\n'),
  'main.go':
    'package main\nimport "example.org/Dep"\nvar version string\nfunc main() { println(dep.Word(), version) }\n',
  'dep/go.mod': 'module example.org/Dep\n',
  'dep/dep.go': 'package dep\nfunc Word() string { return "hello" }\n',
};

test('programs for Linux, Windows and macOS are read alike', { skip: needsCommands('go') }, () => {
  mkdirSync(join(scratch, 'dep'));
  for (const [name, text] of Object.entries(source)) writeFileSync(join(scratch, name), text);
  for (const target of ['linux/amd64', 'windows/amd64', 'darwin/arm64']) {
    const [GOOS, GOARCH] = target.split('/');
    const output = join(scratch, target, 'hello');
    go(['build', '-mod=mod', '-ldflags', '-s -w -X main.version=1.4.2', '-o', output, '.'], {
      cwd: scratch,
      env: { GOOS, GOARCH, CGO_ENABLED: '0', GOPROXY: 'off', GOFLAGS: '', GOCACHE: join(scratch, 'cache') },
    });
    const [program] = goProgramsIn(dirname(output));
    assert.ok(program, target);
    assert.deepEqual(listedByUs(program.fact), listedByGo(output));
    assert.deepEqual(program.fact.packages?.map(({ version }) => version).slice(0, 2), ['v1.4.2', '']);
  }
});

/** Programs that differ in format, in how long addresses are and in the order of their bytes; and one that is loaded anywhere. */
const TARGETS: readonly (readonly [os: string, architecture: string, mode?: string])[] = [
  ['linux', 'amd64'],
  ['linux', 'amd64', 'pie'],
  ['linux', 's390x'],
  ['windows', '386'],
];

const trimmed: Readonly<Record<string, string>> = {
  'go.mod': 'module github.com/traefik/traefik/v3\ngo 1.19\n',
  'main.go':
    'package main\nimport "github.com/traefik/traefik/v3/version"\nfunc main() { version.Print() }\n',
  'version/version.go': [
    'package version',
    'var Version, Codename, BuildDate, Compatible = "dev", "cheddar", "I don\'t remember exactly", "2.11.0"',
    'func Print() { println(Version, Codename, BuildDate, Compatible) }',
  ].join('\n'),
};

test(
  'a program built with -trimpath, whose build information leaves out what it was linked with, has its version',
  { skip: needsCommands('go') },
  () => {
    const root = join(scratch, 'trimmed');
    mkdirSync(join(root, 'version'), { recursive: true });
    for (const [name, text] of Object.entries(trimmed)) writeFileSync(join(root, name), text);
    const version = 'github.com/traefik/traefik/v3/version';
    const flags = `-s -w -X ${version}.Version=3.1.4 -X ${version}.Codename=comte -X ${version}.BuildDate=2024-09-19_01:21:05PM`;
    for (const [GOOS, GOARCH, mode = 'exe'] of TARGETS) {
      const output = join(scratch, `${GOOS}-${GOARCH}-${mode}`, 'traefik');
      go(['build', '-trimpath', `-buildmode=${mode}`, '-ldflags', flags, '-o', output, '.'], {
        cwd: root,
        env: { GOOS, GOARCH, CGO_ENABLED: '0', GOPROXY: 'off', GOFLAGS: '', GOCACHE: join(scratch, 'cache') },
      });
      assert.doesNotMatch(go(['version', '-m', output]), /3\.1\.4/);
      const [program] = goProgramsIn(dirname(output));
      assert.deepEqual(
        program?.fact.packages?.map(({ namespace, name, version: of }) => `${namespace}/${name}@${of}`)[0],
        'github.com/traefik/traefik/v3@v3.1.4',
        output,
      );
    }
  },
);

test('runc, which builds in a file with its version, has that', { skip: needsCommands('go') }, () => {
  const root = join(scratch, 'runc');
  mkdirSync(root);
  writeFileSync(join(root, 'go.mod'), 'module github.com/opencontainers/runc\ngo 1.19\n');
  writeFileSync(join(root, 'VERSION'), '1.3.0-rc.2\n');
  writeFileSync(
    join(root, 'main.go'),
    'package main\nimport _ "embed"\n//go:embed VERSION\nvar version string\nvar gitCommit = ""\nfunc main() { println(version, gitCommit) }\n',
  );
  go(
    [
      'build',
      '-trimpath',
      '-ldflags',
      '-s -w -X main.gitCommit=v1.3.0-rc.2-0-g51d5e946',
      '-o',
      join(root, 'runc'),
      '.',
    ],
    {
      cwd: root,
      env: { CGO_ENABLED: '0', GOPROXY: 'off', GOFLAGS: '', GOCACHE: join(scratch, 'cache') },
    },
  );
  const [program] = goProgramsIn(root);
  assert.equal(program?.fact.packages?.[0]?.version, 'v1.3.0-rc.2');
});

/** What programs are asked for their version with, and which of Debian's packages they are in. */
const STAMPED: readonly (readonly [name: string, asked: string, source: string])[] = [
  ['containerd', '--version', 'containerd'],
  ['dockerd', '--version', 'docker.io'],
  ['etcdctl', 'version', 'etcd-client'],
  ['fzf', '--version', 'fzf'],
  ['mtail', '--version', 'mtail'],
  ['prometheus-node-exporter', '--version', 'prometheus-node-exporter'],
  ['restic', 'version', 'restic'],
  ['runc', '--version', 'runc'],
];

test(
  "Debian's programs, built likewise, have the versions that they print",
  { skip: needsRoot() || needsCommands('apt-get', 'dpkg-deb') },
  async (t) => {
    const packages = STAMPED.map(([, , source]) => source);
    const root = join(scratch, 'debian');
    await unpackPackages(
      await downloadPackages(packages, join(scratch, 'packages'), t.signal),
      root,
      t.signal,
    );
    const programs = goProgramsIn(root);
    for (const [name, asked] of STAMPED) {
      const found = programs.find(({ path }) => basename(path) === name);
      assert.ok(found, name);
      const { stdout, stderr } = spawnSync(found.path, [asked], { encoding: 'utf8', timeout: 60_000 });
      const printed = /(?<![\w.])\d+\.\d+\.\d+[^\s,]*/.exec(stdout + stderr)?.[0] ?? '';
      const version = `v${printed.replace('~ds', '+ds').replace('~', '-')}`;
      const told = found.fact.packages?.find(({ role }) => role === 'application')?.version;
      assert.equal(told, version, name);
    }
  },
);
