import { libraries, programs } from '../classifier.ts';
import type { Classifier, VersionPattern } from '../classifier.ts';

/** CPython's version stands alone; the file's name says how it begins. */
const PYTHON: readonly VersionPattern[] = [
  { anchor: '$1.', pattern: /\x00(\d\.\d+\.\d+(?:(?:a|b|rc)\d+)?)\+?\x00/ },
];

const PHP: readonly VersionPattern[] = [
  {
    anchor: 'X-Powered-By: PHP/',
    pattern: /X-Powered-By: PHP\/(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)(?:-dev)?[\x00\r]/,
  },
];

const RUBY: readonly VersionPattern[] = [
  // The patch level, `p20`, is no part of a release's name.
  { anchor: 'ruby ', pattern: /\x00ruby (\d+\.\d+\.\d+(?:preview\d+|rc\d+|dev)?)(?:p\d+)? \(\d{4}-/ },
];

const PERL: readonly VersionPattern[] = [
  { anchor: 'v5.', pattern: /\x00v(5\.\d+\.\d+)\x00/, isOnlyOne: true },
];

const LUA: readonly VersionPattern[] = [
  { anchor: '$LuaVersion: Lua ', pattern: /\$LuaVersion: Lua (5\.\d+\.\d+) / },
  { anchor: '$Lua: Lua ', pattern: /\$Lua: Lua (5\.\d+(?:\.\d+)?) / },
];

const LUAJIT: readonly VersionPattern[] = [
  { anchor: 'LuaJIT ', pattern: /\x00LuaJIT (\d+\.\d+\.\d+(?:-beta\d+)?)(?: --|\x00)/ },
];

const NODE: readonly VersionPattern[] = [
  // What its debugger calls itself, since 6.
  { anchor: 'node.js/v', pattern: /\x00node\.js\/v(\d+\.\d+\.\d+)\x00/ },
  // `process.release.sourceUrl`, in what the project itself releases.
  {
    anchor: '/download/release/v',
    pattern: /nodejs\.org\/download\/release\/v(\d+\.\d+\.\d+)\/node-v\1\.tar/,
  },
  { anchor: 'node v0.', pattern: /\x00node v(0\.\d+\.\d+)\x00/ },
];

const TCL: readonly VersionPattern[] = [
  { anchor: 'tcl_patchLevel\x00', pattern: /\x00(\d\.\d+\.\d+)\x00tcl_patchLevel\x00/ },
];

/** In the program when it was linked statically, else in its library. */
const GHC: readonly VersionPattern[] = [
  {
    anchor: '\x00The Glorious Glasgow Haskell Compilation System\x00',
    pattern: /\x00(\d+\.\d+\.\d+)\x00The Glorious Glasgow Haskell Compilation System\x00/,
  },
];

/** Where it was built, as in the images of its makers. */
const SWIPL: readonly VersionPattern[] = [
  { anchor: '/swipl-', pattern: /\/swipl-(\d+\.\d+\.\d+)\//, isOnlyOne: true },
];

/** Interpreters and runtimes. */
export const LANGUAGES: readonly Classifier[] = [
  {
    name: 'python',
    kind: 'program',
    stems: ['python'],
    files: /^python(\d\.\d+)[a-z]{0,3}$/,
    versions: PYTHON,
  },
  {
    name: 'python',
    kind: 'library',
    stems: ['libpython'],
    files: /^libpython(\d\.\d+)[a-z]{0,3}\.so(?:\.\d+)*$/,
    versions: PYTHON,
  },
  {
    name: 'pypy',
    kind: 'library',
    stems: ['libpypy', 'libpypy-c'],
    files: /^libpypy(?:\d\.?\d*)?-c\.so$/,
    versions: [{ anchor: '[PyPy ', pattern: /\[PyPy (\d+\.\d+\.\d+)[^\d.]/ }],
  },
  { name: 'node', ...programs('node', 'nodejs'), versions: NODE },
  { name: 'node', ...libraries('libnode'), versions: NODE },
  {
    name: 'deno',
    ...programs('deno'),
    // The strings of Rust programs have no ends; this one goes on with a commit.
    versions: [{ anchor: 'Deno/', pattern: /Deno\/(\d+\.\d+\.\d+)\+[0-9a-f]{7}/ }],
  },
  {
    name: 'bun',
    ...programs('bun'),
    versions: [
      { anchor: 'Bun/', pattern: /\x00Bun\/(\d+\.\d+\.\d+)\x00/ },
      { anchor: 'Bun v', pattern: /\x00Bun v(\d+\.\d+\.\d+) \(/ },
    ],
  },
  {
    name: 'php',
    kind: 'program',
    stems: ['php', 'php-fpm', 'php-cgi', 'phpdbg'],
    files: /^(?:php|php-fpm|php-cgi|phpdbg)(?:\d\.?\d*)?$/,
    versions: PHP,
  },
  {
    name: 'php',
    kind: 'library',
    stems: ['libphp', 'mod_php'],
    files: /^(?:libphp|mod_php)(?:\d\.?\d*)?\.so$/,
    versions: PHP,
  },
  { name: 'ruby', kind: 'program', stems: ['ruby'], files: /^ruby(?:\d\.\d+)?$/, versions: RUBY },
  {
    name: 'ruby',
    kind: 'library',
    stems: ['libruby', 'libruby-'],
    files: /^libruby(?:-?\d\.\d+)?\.so(?:\.\d+)*$/,
    versions: RUBY,
  },
  { name: 'perl', kind: 'program', stems: ['perl'], files: /^perl(?:5\.\d+\.\d+)?$/, versions: PERL },
  { name: 'perl', ...libraries('libperl'), versions: PERL },
  { name: 'lua', kind: 'program', stems: ['lua'], files: /^lua(?:-?5\.?\d)?$/, versions: LUA },
  {
    name: 'lua',
    kind: 'library',
    stems: ['liblua', 'liblua-'],
    files: /^liblua(?:-?5\.?\d)?\.so(?:\.\d+)*$/,
    versions: LUA,
  },
  {
    name: 'luajit',
    kind: 'program',
    stems: ['luajit', 'luajit-'],
    files: /^luajit(?:-\d+\.\d+\.\d+(?:-beta\d+)?)?$/,
    versions: LUAJIT,
  },
  { name: 'luajit', ...libraries('libluajit-5.1'), versions: LUAJIT },
  {
    name: 'tcl',
    kind: 'library',
    stems: ['libtcl'],
    files: /^libtcl\d\.\d+\.so(?:\.\d+)*$/,
    versions: TCL,
  },
  {
    name: 'rust',
    ...programs('rustc'),
    // What compiled the compiler is the compiler of that version. Distributions leave out the commit.
    versions: [
      {
        anchor: 'rustc version ',
        pattern: /\x00rustc version (\d+\.\d+\.\d+)(?: \([0-9a-f]{9} [\d-]{10}\))?\x00/,
      },
    ],
  },
  { name: 'ghc', kind: 'program', stems: ['ghc', 'ghc-'], files: /^ghc(?:-\d+\.\d+\.\d+)?$/, versions: GHC },
  {
    name: 'ghc',
    kind: 'library',
    stems: ['libHSghc-'],
    files: /^libHSghc-(\d+\.\d+\.\d+)(?:-\w+)?-ghc\1\.so$/,
    versions: GHC,
  },
  {
    name: 'openjdk',
    ...programs('java'),
    // Of runtimes without the file `release`, in whose folder nothing is guessed. What the launcher is called, then its version.
    versions: [
      {
        anchor: '\x00openjdk\x00java\x00',
        pattern: /\x00openjdk\x00java\x00\d+\.\d+\x00(\d+(?:\.\d+)*(?:_\d+)?)[-+\x00]/,
      },
    ],
  },
  {
    name: 'erlang',
    ...programs('beam.smp'),
    // What it greets with, then the release of the whole, which is finer.
    versions: [
      {
        anchor: '%s [erts-',
        pattern: /Erlang\/OTP \d+%s \[erts-[^\x00]{1,150}\x00+(\d+(?:\.\d+){1,3}(?:-rc\d+)?)\x00/,
      },
    ],
  },
  { name: 'swi-prolog', ...programs('swipl'), versions: SWIPL },
  { name: 'swi-prolog', ...libraries('libswipl'), versions: SWIPL },
  {
    name: 'guile',
    kind: 'library',
    stems: ['libguile-'],
    files: /^libguile-\d\.\d\.so(?:\.\d+)*$/,
    versions: [{ anchor: '\x00guileversion\x00', pattern: /\x00guileversion\x00(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'mono',
    ...programs('mono', 'mono-sgen'),
    versions: [
      { anchor: '\x00%s (%s %s)\x00', pattern: /\x00(\d+\.\d+\.\d+(?:\.\d+)?)\x00%s \(%s %s\)\x00/ },
    ],
  },
  {
    name: 'julia',
    ...libraries('libjulia-internal'),
    versions: [{ anchor: '__init__\x00', pattern: /\x00__init__\x00(\d+\.\d+\.\d+(?:-\w+)?)\x00verify/ }],
  },
  {
    name: 'dart',
    ...programs('dart'),
    versions: ['stable', 'beta', 'dev'].map((channel) => ({
      anchor: ` (${channel}) (`,
      pattern: new RegExp(
        `\\x00(\\d+\\.\\d+\\.\\d+(?:-[\\w.]{1,30})?) \\(${channel}\\) \\([A-Z][a-z]{2} [A-Z][a-z]{2} `,
      ),
    })),
  },
];
