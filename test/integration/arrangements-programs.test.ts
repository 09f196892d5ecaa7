import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compareLayers, write, type Arrangement } from '../support/arrangements.ts';
import { needsOverlay } from '../support/overlay-stack.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const skipOverlay = await needsOverlay();
const scratch = mkdtempSync(join(tmpdir(), 'tallyman-programs-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A kind of package that is one file, or one folder with a file that tells of it. */
interface Kind {
  /** Where they lie. */
  readonly folder: string;
  /** The file that tells of a package, below that. */
  readonly evidence: (name: string) => string;
  readonly content: (name: string, version: string) => string | Uint8Array;
  /** What such a file may hold and tell of no package. */
  readonly nothing: string;
}

/** Each trap of layers that packages of single files can fall into, one a layer. */
function arrangementsOf({ folder, evidence, content, nothing }: Kind): readonly Arrangement[] {
  const place = (root: string, name: string, below = ''): string => join(root, folder, below, evidence(name));
  function put(root: string, name: string, version: string, below = ''): void {
    write(place(root, name, below), content(name, version));
    chmodSync(place(root, name, below), 0o755);
  }
  return [
    [
      'packages come',
      (root) => {
        for (const name of ['one', 'two', 'three', 'four']) put(root, name, '1.0.0');
        for (const name of ['five', 'six']) put(root, name, '1.0.0', 'below');
        put(root, 'seven', '1.0.0', 'other');
      },
    ],
    [
      'one is replaced in place, one removed',
      (root) => {
        put(root, 'one', '2.0.0');
        rmSync(place(root, 'two'));
      },
    ],
    [
      'a folder is made anew, without what was in it',
      (root) => {
        rmSync(join(root, folder, 'below'), { recursive: true });
        put(root, 'five', '2.0.0', 'below');
      },
    ],
    [
      'a folder becomes a file',
      (root) => {
        rmSync(join(root, folder, 'other'), { recursive: true });
        write(join(root, folder, 'other'), 'a file in place of a folder');
      },
    ],
    ['its mode changes', (root) => chmodSync(place(root, 'three'), 0o700)],
    [
      'one is there twice, as a hard link',
      (root) => {
        mkdirSync(join(place(root, 'three', 'linked'), '..'), { recursive: true });
        linkSync(place(root, 'three'), place(root, 'three', 'linked'));
      },
    ],
    ['one becomes what says nothing', (root) => write(place(root, 'four'), nothing)],
    ['one that was removed is back', (root) => put(root, 'two', '1.0.0')],
    [
      'all are moved, with a link left behind',
      (root) => {
        cpSync(join(root, folder), join(root, 'opt/moved'), { recursive: true });
        rmSync(join(root, folder), { recursive: true });
        symlinkSync('/opt/moved', join(root, folder));
      },
    ],
    [
      'one is replaced where the link leads',
      (root) => write(join(root, 'opt/moved', evidence('one')), content('one', '3.0.0')),
    ],
    ['the link goes', (root) => rmSync(join(root, folder))],
  ];
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Files of the mounted tree below a folder and where its packages were moved to. */
function filesBelow(root: string, folder: string, accepts: (path: string) => boolean): readonly string[] {
  return [join(root, folder), join(root, 'opt/moved')]
    .filter((path) => existsSync(path) && realpathSync(path) === path)
    .flatMap((path) => readdirSync(path, { recursive: true, withFileTypes: true }))
    .flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
    .filter(accepts);
}

/** An archive as Maven makes it, written by Python. */
const WRITE_JAR = `
import sys, zipfile
target, name, version = sys.argv[1:]
with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
    place = f'META-INF/maven/org.example/{name}/pom.properties'
    archive.writestr(place, f'groupId=org.example\\nartifactId={name}\\nversion={version}\\n')
    archive.writestr(f'org/example/{name}.class', 'x')
`;

const javaKind: Kind = {
  folder: 'srv/lib',
  evidence: (name) => `${name}.jar`,
  content(name, version) {
    const target = join(scratch, 'written.jar');
    runTool('/usr/bin/python3', ['-c', WRITE_JAR, target, name, version]);
    return readFileSync(target);
  },
  nothing: 'nothing of use',
};

/** No tool of Java lists archives: what Maven put into each is read by unzip. */
function javaList(root: string): readonly string[] {
  const script = 'unzip -p "$1" "META-INF/maven/*/pom.properties" 2>/dev/null || true';
  return filesBelow(root, javaKind.folder, (path) => path.endsWith('.jar')).flatMap((path) => {
    const text = runTool('sh', ['-c', script, 'sh', path]);
    const [group, artifact, version] = ['groupId', 'artifactId', 'version'].map(
      (key) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1],
    );
    return group === undefined ? [] : [`${group}/${artifact}@${version}`];
  });
}

test(
  'Java archives of layers are those of the mounted tree',
  { skip: skipOverlay || needsCommands('unzip', '/usr/bin/python3') },
  () => compareLayers('maven', arrangementsOf(javaKind), javaList),
);

const GO_MAIN = 'package main\n\nimport _ "example.org/library"\n\nfunc main() {}\n';
const NAME_LENGTH = 5;
const BUILT = { name: 'n'.repeat(NAME_LENGTH), version: '1.9.7' };

/** A program that Go built, with a dependency. */
const template = lazily(() => {
  const folder = join(scratch, 'tool');
  const lines = `module example.org/tools/${BUILT.name}\n\ngo 1.18\n\nrequire example.org/library v${BUILT.version}\n`;
  const vendored = `# example.org/library v${BUILT.version}\n## explicit; go 1.18\nexample.org/library\n`;
  write(join(folder, 'go.mod'), lines);
  write(join(folder, 'main.go'), GO_MAIN);
  write(join(folder, 'vendor/modules.txt'), vendored);
  write(join(folder, 'vendor/example.org/library/library.go'), 'package library\n');
  const env = { GOFLAGS: '-mod=vendor', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  runTool('go', ['build', '-buildvcs=false', '-ldflags', '-s -w', '-o', 'built'], { cwd: folder, env });
  return readFileSync(join(folder, 'built')).toString('latin1');
});

const goKind: Kind = {
  folder: 'usr/local/bin',
  evidence: (name) => name,
  // Of the same length, so that all stays where it is.
  content: (name, version) =>
    Buffer.from(
      template()
        .replaceAll(`tools/${BUILT.name}`, `tools/${name.padEnd(NAME_LENGTH, '-')}`)
        .replaceAll(`v${BUILT.version}`, `v${version}`),
      'latin1',
    ),
  nothing: 'nothing of use',
};

function goList(root: string): readonly string[] {
  const files = filesBelow(root, goKind.folder, () => true);
  const text = runTool('go', ['version', '-m', ...files], { env: { GOFLAGS: '', GOTOOLCHAIN: 'local' } });
  return text.split('\n').flatMap((line) => {
    const goVersion = /: go(\S+)$/.exec(line)?.[1];
    if (goVersion !== undefined) return [`stdlib@${goVersion}`];
    const [, path, version] = /^\t(?:mod|dep)\t(\S+)\t(\S+)/.exec(line) ?? [];
    return path === undefined ? [] : [`${path}@${version === '(devel)' ? '' : version}`];
  });
}

test(
  'Go programs of layers are those that Go tells of in the mounted tree',
  { skip: skipOverlay || needsCommands('go') },
  () => compareLayers('golang', arrangementsOf(goKind), goList),
);

const rKind: Kind = {
  folder: 'usr/lib/R/site-library',
  evidence: (name) => `${name}/DESCRIPTION`,
  content: (name, version) =>
    `Package: ${name}\nVersion: ${version}\nTitle: T\nBuilt: R 4.2.2; ; 2024-01-01 00:00:00 UTC; unix\n`,
  nothing: 'Package: four\nVersion: 1.0.0\nTitle: not built\n',
};

/** Each folder with packages is a library. */
const LIST_R = `
for (library in commandArgs(trailingOnly = TRUE)) for (name in list.files(library)) {
  known <- suppressWarnings(packageDescription(name, lib.loc = library))
  if (is.list(known) && !is.null(known$Built)) cat(known$Package, "@", known$Version, "\\n", sep = "")
}`;

function rList(root: string): readonly string[] {
  const packages = filesBelow(root, rKind.folder, (path) => path.endsWith('/DESCRIPTION'));
  const libraries = new Set(packages.map((path) => join(path, '../..')));
  return runTool('Rscript', ['-e', LIST_R, ...libraries])
    .split('\n')
    .filter((line) => line !== '');
}

test(
  'R packages of layers are those that R knows in the mounted tree',
  { skip: skipOverlay || needsCommands('Rscript') },
  () => compareLayers('cran', arrangementsOf(rKind), rList),
);
