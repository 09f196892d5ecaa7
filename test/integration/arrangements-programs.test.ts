import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { lazily, listedBy, write, testInLayers, type Kind, type Listed } from '../support/arrangements.ts';
import { needsCommands, needsPythonModule } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-programs-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A program in which another name and version, as long as the first, can be written over these. */
const NAME = 'alpha';
const VERSION = '1.0.0';
const renamed = (program: string, name: string, version: string): Buffer =>
  Buffer.from(program.replaceAll(NAME, name).replaceAll(VERSION, version), 'latin1');

/** A program that Go built, with a dependency. */
const goProgram = lazily(() => {
  const folder = join(scratch, 'tool');
  const lines = `module example.org/tools/${NAME}\n\ngo 1.18\n\nrequire example.org/library v${VERSION}\n`;
  const vendored = `# example.org/library v${VERSION}\n## explicit; go 1.18\nexample.org/library\n`;
  write(join(folder, 'go.mod'), lines);
  write(join(folder, 'main.go'), 'package main\n\nimport _ "example.org/library"\n\nfunc main() {}\n');
  write(join(folder, 'vendor/modules.txt'), vendored);
  write(join(folder, 'vendor/example.org/library/library.go'), 'package library\n');
  const env = { GOFLAGS: '-mod=vendor', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  runTool('go', ['build', '-buildvcs=false', '-ldflags', '-s -w', '-o', 'built'], { cwd: folder, env });
  return readFileSync(join(folder, 'built'), 'latin1');
});

const go: Kind = {
  name: 'Go programs',
  cataloger: 'go-binary',
  folder: 'usr/local/bin',
  file: (name) => name,
  content: (name, version) =>
    Buffer.from(
      goProgram().replaceAll(`tools/${NAME}`, `tools/${name}`).replaceAll(`v${VERSION}`, `v${version}`),
      'latin1',
    ),
  nothing: 'nothing of use',
  *list(files) {
    const text = runTool('go', ['version', '-m', ...files], { env: { GOFLAGS: '', GOTOOLCHAIN: 'local' } });
    let file = '';
    for (const line of text.split('\n')) {
      const [, program, compiler] = /^(\/.*): go(\S+)$/.exec(line) ?? [];
      if (program !== undefined) yield [(file = program), `stdlib@${compiler}`];
      const [, path, version = ''] = /^\t(?:mod|dep)\t(\S+)\t(\S+)/.exec(line) ?? [];
      if (path !== undefined) yield [file, `${path}@${version.replace('(devel)', '')}`];
    }
  },
};

const cProgram = lazily(() => {
  const [source, built] = [join(scratch, 'main.c'), join(scratch, 'main')];
  const note = JSON.stringify({
    type: 'deb',
    os: 'debian',
    name: NAME,
    version: VERSION,
    architecture: 'all',
  });
  writeFileSync(source, 'int main(void) { return 0; }\n');
  runTool('gcc', ['-s', source, '-o', built, '-Xlinker', `--package-metadata=${note}`]);
  return built;
});

const elfNote: Kind = {
  name: 'package notes of ELF programs',
  cataloger: 'elf-note',
  folder: 'usr/local/bin',
  file: (name) => name,
  content: (name, version) => renamed(readFileSync(cProgram(), 'latin1'), name, version),
  nothing: 'nothing of use',
  list(files) {
    const text = runTool('sh', ['-c', 'readelf -nW "$@" 2>/dev/null || true', 'sh', ...files]);
    return text.split('File: ').flatMap((part): Listed[] => {
      const [, note] = /Packaging Metadata: (\{.*\})/.exec(part) ?? [];
      if (note === undefined) return [];
      const { name, version } = JSON.parse(note) as { name: string; version: string };
      return [[part.slice(0, part.indexOf('\n')), `${name}@${version}`]];
    });
  },
};

const SECTION = '.dep-v0';

const rust: Kind = {
  name: 'Rust programs with a list of crates',
  cataloger: 'rust-binary',
  folder: 'usr/local/bin',
  file: (name) => name,
  content(name, version) {
    const [list, built] = [join(scratch, 'crates'), join(scratch, 'audited')];
    const packages = [
      { name, version, source: 'local', dependencies: [1], root: true },
      { name: 'itoa', version, source: 'crates.io' },
    ];
    writeFileSync(list, deflateSync(JSON.stringify({ packages })));
    runTool('objcopy', ['--add-section', `${SECTION}=${list}`, cProgram(), built]);
    return readFileSync(built);
  },
  nothing: 'nothing of use',
  list(files) {
    const script = `objdump -s -j ${SECTION} "$@" 2>/dev/null || true`;
    const text = runTool('sh', ['-c', script, 'sh', ...files]);
    return text.split(/^(?=\S*:\s+file format )/m).flatMap((part): Listed[] => {
      const rows = [...part.matchAll(/^ [0-9a-f]+ ((?:[0-9a-f]+ ){1,4})/gm)].map(([, hex = '']) => hex);
      if (rows.length === 0) return [];
      const list = inflateSync(Buffer.from(rows.join('').replaceAll(' ', ''), 'hex')).toString();
      const { packages } = JSON.parse(list) as { packages: { name: string; version: string }[] };
      const file = part.slice(0, part.indexOf(': '));
      return packages.map(({ name, version }) => [file, `${name}@${version}`]);
    });
  },
};

const library = lazily(() => {
  const [source, built] = [join(scratch, 'alpha.cs'), join(scratch, 'alpha.dll')];
  writeFileSync(
    source,
    `[assembly: System.Reflection.AssemblyInformationalVersion("${VERSION}")]\nclass C {}\n`,
  );
  runTool('mcs', ['-target:library', `-out:${built}`, source]);
  return readFileSync(built, 'latin1');
});

const LIST_ASSEMBLIES = `
import pefile, sys
for file in sys.argv[1:]:
    try: program = pefile.PE(file)
    except pefile.PEFormatError: continue
    for table in (table for one in program.FileInfo[0] for table in getattr(one, 'StringTable', [])):
        name, version = (table.entries[key].decode() for key in (b'OriginalFilename', b'ProductVersion'))
        print(f"{file}\\t{name.removesuffix('.dll')}@{version}")
`;

const wide = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1');

const assembly: Kind = {
  name: '.NET assemblies',
  cataloger: 'dotnet-assembly',
  folder: 'srv/net',
  file: (name) => `${name}.dll`,
  content: (name, version) =>
    renamed(
      library().replaceAll(wide(NAME), wide(name)).replaceAll(wide(VERSION), wide(version)),
      name,
      version,
    ),
  nothing: 'nothing of use',
  list: (files) => listedBy('/usr/bin/python3', ['-c', LIST_ASSEMBLIES], files),
};

const ZLIB = '/lib/x86_64-linux-gnu/libz.so.1';

/** Each copy is loaded, and asked for its version. */
const LIST_ZLIB = `
import ctypes, sys
for file in sys.argv[1:]:
    try: library = ctypes.CDLL(file)
    except OSError: continue
    library.zlibVersion.restype = ctypes.c_char_p
    print(f"{file}\\tzlib@{library.zlibVersion().decode()}")
`;

const zlibVersion = lazily(
  () => runTool('/usr/bin/python3', ['-c', LIST_ZLIB, ZLIB]).trim().split('@')[1] ?? '',
);

const zlib: Kind = {
  name: 'programs known by their text',
  cataloger: 'binary',
  folder: 'opt/lib',
  file: (name) => `${name}/libz.so.1`,
  content(_, version) {
    const other = `1.${version.slice(0, 1)}.`.padEnd(zlibVersion().length, '0');
    return Buffer.from(readFileSync(ZLIB, 'latin1').replaceAll(zlibVersion(), other), 'latin1');
  },
  nothing: 'nothing of use',
  list: (files) => listedBy('/usr/bin/python3', ['-c', LIST_ZLIB], files),
};

/** The file is one that a shell can read. */
const LIST_JVM = `
for file; do (
  case $file in */release) . "$file" 2>/dev/null ;; esac
  [ -z "$JAVA_VERSION" ] || printf '%s\\tacme/jdk@%s\\n' "$file" "$JAVA_VERSION"
) done`;

const jvm: Kind = {
  name: 'Java runtimes',
  cataloger: 'jvm',
  folder: 'opt/java',
  file: (name) => `${name}/release`,
  content: (_, version) => `IMPLEMENTOR="Acme"\nJAVA_VERSION="${version}"\nIMAGE_TYPE="JDK"\n`,
  nothing: '# nothing of use\n',
  list: (files) => listedBy('sh', ['-c', LIST_JVM, 'sh'], files),
};

const KINDS: readonly (readonly [kind: Kind, skip: string | false])[] = [
  [go, needsCommands('go')],
  [elfNote, needsCommands('gcc', 'readelf')],
  [rust, needsCommands('gcc', 'objcopy', 'objdump')],
  [assembly, needsCommands('mcs') || needsPythonModule('pefile')],
  [zlib, existsSync(ZLIB) ? needsCommands('/usr/bin/python3') : `needs ${basename(ZLIB)}`],
  [jvm, false],
];

await testInLayers(KINDS);
