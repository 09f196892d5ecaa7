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
    name: 'lz4',
    ...programs('lz4'),
    versions: [{ anchor: '1.', pattern: /\x00v?(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'zsh',
    ...programs('zsh'),
    versions: [{ anchor: '/zsh/5.', pattern: /\/zsh\/(5\.\d+(?:\.\d+)?)[/\x00]/, isOnlyOne: true }],
  },
  {
    name: 'wget2',
    ...programs('wget2'),
    versions: [{ anchor: '\x00wget2/', pattern: /\x00wget2\/(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'lftp',
    ...programs('lftp'),
    versions: [{ anchor: '\x00lftp/', pattern: /\x00lftp\/(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'nano',
    ...programs('nano'),
    versions: [{ anchor: 'GNU nano ', pattern: /GNU nano (\d+\.\d+(?:\.\d+)?)\x00/ }],
  },
  {
    name: 'nmap',
    ...programs('nmap', 'ncat'),
    versions: [{ anchor: '://nmap.org', pattern: /:\/\/nmap\.org(?:\/ncat)?\x00(\d+\.\d+)\x00/ }],
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
    name: 'crun',
    ...programs('crun'),
    versions: [{ anchor: '\x00%s version %s\n', pattern: /\x00(\d+\.\d+(?:\.\d+)?)\x00%s version %s\n/ }],
  },
  {
    name: 'bubblewrap',
    ...programs('bwrap'),
    versions: [{ anchor: '\x00bubblewrap ', pattern: /\x00bubblewrap (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'slirp4netns',
    ...programs('slirp4netns'),
    versions: [
      { anchor: 'slirp4netns version %s', pattern: /\x00(\d+\.\d+\.\d+)\x00slirp4netns version %s/ },
    ],
  },
  {
    name: 'fuse-overlayfs',
    ...programs('fuse-overlayfs'),
    versions: [
      { anchor: 'fuse-overlayfs: version %s', pattern: /\x00(\d+\.\d+)\x00fuse-overlayfs: version %s/ },
    ],
  },
  {
    name: 'iptables',
    ...programs('xtables-legacy-multi', 'xtables-nft-multi'),
    versions: [' (legacy)\x00', ' (nf_tables)\x00'].map((anchor) => ({
      anchor,
      pattern: /\x00(\d+\.\d+\.\d+) \((?:legacy|nf_tables)\)\x00/,
    })),
  },
  {
    name: 'nftables',
    ...programs('nft'),
    versions: [{ anchor: '\x00nftables\x00', pattern: /\x00(\d+\.\d+\.\d+)\x00nftables\x00/ }],
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
