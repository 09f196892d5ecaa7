import { libraries, programs } from '../classifier.ts';
import type { Classifier, VersionPattern } from '../classifier.ts';
import { BUSYBOX } from './busybox.ts';

/** The answer of its pragma `cipher_version`, between the names of two others; SQLite's own version is there, too. */
const SQLCIPHER: readonly VersionPattern[] = [
  {
    anchor: 'fast_kdf_iter\x00',
    pattern: /\x00fast_kdf_iter\x00(\d+\.\d+\.\d+)\x00cipher_page_size\x00/,
  },
];

/** Shells, command-line tools and what starts containers. */
export const TOOLS: readonly Classifier[] = [
  {
    name: 'busybox',
    ...programs('busybox'),
    versions: [BUSYBOX],
  },
  {
    name: 'bash',
    ...programs('bash'),
    versions: [
      { anchor: '@(#)Bash version ', pattern: /@\(#\)Bash version (\d+\.\d+\.\d+)\(\d+\) [a-z0-9]+ GNU/ },
    ],
  },
  {
    name: 'curl',
    ...programs('curl'),
    versions: [
      { anchor: 'curl ', pattern: /\x00curl (\d+\.\d+\.\d+)(?:-DEV)? \(/ },
      { anchor: 'curl/', pattern: /\x00curl\/(\d+\.\d+\.\d+)(?:-DEV)?\x00/ },
    ],
  },
  {
    name: 'git',
    ...programs('git'),
    versions: ['1', '2', '3'].map((major) => ({
      anchor: `git/${major}.`,
      pattern: /\x00git\/(\d+\.\d+\.\d+(?:\.\d+)?(?:-rc\d+)?)(?:\.[a-z][\w.]{1,40})?\x00/,
    })),
  },
  {
    name: 'gnupg',
    ...programs('gpg', 'gpg2'),
    versions: [{ anchor: 'OpenPGP server ', pattern: /OpenPGP server (\d+\.\d+\.\d+) ready/ }],
  },
  {
    name: 'gawk',
    ...programs('gawk'),
    versions: [{ anchor: 'GNU Awk ', pattern: /\x00GNU Awk (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'xz',
    ...programs('xz'),
    versions: [
      { anchor: '(XZ Utils) ', pattern: /\x00xz \(XZ Utils\) (\d+\.\d+\.\d+(?:alpha|beta)?)[\n\x00]/ },
    ],
  },
  {
    name: 'zstd',
    ...programs('zstd'),
    versions: [{ anchor: 'Zstandard CLI', pattern: /\x00v(\d+\.\d+\.\d+)\x00Zstandard CLI/ }],
  },
  {
    name: 'ffmpeg',
    ...programs('ffmpeg', 'ffprobe'),
    versions: [
      { anchor: '%s version ', pattern: /\x00%s version n?(\d+\.\d+(?:\.\d+)?)(?:-[^\x00]{1,60})?\x00/ },
    ],
  },
  {
    name: 'jq',
    ...programs('jq'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.[5-9](?:\.\d+)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'sqlite',
    ...programs('sqlite3'),
    versions: [{ anchor: '3.', pattern: /\x00(3\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  { name: 'sqlcipher', ...programs('sqlcipher'), versions: SQLCIPHER },
  { name: 'sqlcipher', ...libraries('libsqlcipher'), versions: SQLCIPHER },
  {
    name: 'tini',
    ...programs('tini', 'tini-static', 'docker-init'),
    versions: [{ anchor: 'tini version ', pattern: /\x00tini version (\d+\.\d+\.\d+)[^\d.]/ }],
  },
  {
    name: 'dumb-init',
    ...programs('dumb-init'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\n?\x00/, isOnlyOne: true }],
  },
  {
    name: 'cabal-install',
    ...programs('cabal'),
    versions: [
      {
        anchor: '/cabal-install-',
        pattern: /\/cabal-install-(\d+\.\d+\.\d+\.\d+)(?:-[\w]{10,}(?:-cabal)?)?\x00/,
      },
    ],
  },
];
