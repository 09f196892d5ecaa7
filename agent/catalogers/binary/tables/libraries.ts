import { libraries, programs } from '../classifier.ts';
import type { Classifier, VersionPattern } from '../classifier.ts';

/** libssl itself says no version since 1.1; the libcrypto beside it does. */
const OPENSSL: readonly VersionPattern[] = [
  {
    anchor: 'OpenSSL ',
    pattern:
      /\x00OpenSSL (\d+\.\d+\.\d+(?:[a-z]{1,2})?(?:-(?:alpha|beta|pre)\d+)?)(?:-fips|\+quic)? +\d{1,2} [A-Z][a-z]{2} \d{4}\x00/,
  },
  { name: 'aws-lc', anchor: '; AWS-LC ', pattern: /; AWS-LC (?:FIPS )?(\d+\.\d+\.\d+)\)/ },
  {
    name: 'boringssl',
    anchor: '; BoringSSL)',
    pattern: /\x00OpenSSL \d+\.\d+\.\d+ \(compatible; BoringSSL\)\x00/,
  },
  { name: 'libressl', anchor: 'LibreSSL ', pattern: /\x00LibreSSL (\d+\.\d+\.\d+)\x00/ },
];

const FFMPEG: readonly VersionPattern[] = [
  {
    anchor: 'FFmpeg version ',
    pattern: /\x00FFmpeg version n?(\d+\.\d+(?:\.\d+)?)(?:-[^\x00]{1,60})?\x00/,
  },
];

/** Shared libraries that are often built or copied by hand, and the programs that hold the same text. */
export const LIBRARIES: readonly Classifier[] = [
  { name: 'openssl', ...programs('openssl'), versions: OPENSSL },
  { name: 'openssl', ...libraries('libcrypto', 'libssl'), versions: OPENSSL },
  {
    name: 'curl',
    ...libraries('libcurl', 'libcurl-gnutls', 'libcurl-nss'),
    versions: [{ anchor: 'libcurl/', pattern: /\x00libcurl\/(\d+\.\d+\.\d+)(?:-DEV)?\x00/ }],
  },
  {
    name: 'zlib',
    ...libraries('libz'),
    versions: [{ anchor: ' deflate 1.', pattern: / deflate (1\.\d+(?:\.\d+){1,2}) Copyright / }],
  },
  {
    name: 'sqlite',
    ...libraries('libsqlite3'),
    versions: [{ anchor: '3.', pattern: /\x00(3\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'xz',
    ...libraries('liblzma'),
    versions: [{ anchor: '5.', pattern: /\x00(5\.\d+\.\d+(?:alpha|beta)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'zstd',
    ...libraries('libzstd'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'bzip2',
    ...libraries('libbz2'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+), \d{1,2}-[A-Z][a-z]{2}-\d{4}\x00/ }],
  },
  {
    name: 'expat',
    ...libraries('libexpat'),
    versions: [{ anchor: 'expat_', pattern: /\x00expat_(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'nghttp2',
    ...libraries('libnghttp2'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'gnutls',
    ...libraries('libgnutls'),
    versions: [{ anchor: 'Enabled GnuTLS ', pattern: /Enabled GnuTLS (\d+\.\d+\.\d+) logging/ }],
  },
  {
    name: 'libgcrypt',
    ...libraries('libgcrypt'),
    versions: [{ anchor: 'This is Libgcrypt ', pattern: /This is Libgcrypt (\d+\.\d+\.\d+) - / }],
  },
  {
    name: 'mbedtls',
    ...libraries('libmbedcrypto', 'libmbedtls'),
    versions: [{ anchor: 'bed TLS ', pattern: /\x00[mM]bed TLS (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'libssh2',
    ...libraries('libssh2'),
    versions: [{ anchor: '-libssh2_', pattern: /\x00SSH-2\.0-libssh2_(\d+\.\d+\.\d+)[\r\x00]/ }],
  },
  {
    name: 'libssh',
    ...libraries('libssh'),
    versions: [{ anchor: '-libssh_', pattern: /\x00SSH-2\.0-libssh_(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'krb5',
    ...libraries('libkrb5'),
    versions: [{ anchor: 'KRB5_BRAND: krb5-', pattern: /KRB5_BRAND: krb5-(\d+\.\d+(?:\.\d+)?)-final / }],
  },
  {
    name: 'nss',
    ...libraries('libnss3', 'libnssutil3'),
    versions: [{ anchor: 'Version: NSS ', pattern: /Version: NSS (\d+\.\d+(?:\.\d+)?)[ \x00]/ }],
  },
  {
    name: 'wolfssl',
    ...libraries('libwolfssl'),
    versions: [{ anchor: 'wolfSSL ', pattern: /\x00wolfSSL (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'libsodium',
    ...libraries('libsodium'),
    versions: [{ anchor: '1.0.', pattern: /\x00(1\.0\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'pcre2',
    ...libraries('libpcre2-8', 'libpcre2-16', 'libpcre2-32'),
    versions: [{ anchor: '10.', pattern: /\x00(10\.\d+) \d{4}-\d\d-\d\d\x00/ }],
  },
  {
    name: 'c-ares',
    ...libraries('libcares'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libevent',
    kind: 'library',
    stems: ['libevent', 'libevent-', 'libevent_core', 'libevent_core-'],
    files: /^libevent(?:_core)?(?:-\d+\.\d+)?\.so(?:\.\d+)*$/,
    versions: [{ anchor: '-stable\x00', pattern: /\x00(2\.\d+\.\d+-stable)\x00/ }],
  },
  {
    name: 'libuv',
    ...libraries('libuv'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libyaml',
    ...libraries('libyaml-0', 'libyaml'),
    versions: [{ anchor: '0.', pattern: /\x00(0\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libjpeg-turbo',
    ...libraries('libjpeg', 'libturbojpeg'),
    versions: [
      { anchor: 'libjpeg-turbo version ', pattern: /\x00libjpeg-turbo version (\d+\.\d+\.\d+) \(build/ },
    ],
  },
  {
    name: 'libvips',
    ...libraries('libvips'),
    versions: [{ anchor: '8.', pattern: /\x00(8\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'tesseract',
    ...libraries('libtesseract'),
    versions: [{ anchor: "content='tesseract ", pattern: /content='tesseract (\d+\.\d+\.\d+)'/ }],
  },
  {
    name: 'qtbase',
    kind: 'library',
    stems: ['libQt'],
    files: /^libQt[56]Core\.so(?:\.\d+)*$/,
    versions: [{ anchor: 'Qt ', pattern: /\x00Qt (\d+\.\d+\.\d+) \(/ }],
  },
  {
    name: 'samba',
    ...libraries('libsamba-hostconfig'),
    versions: [{ anchor: '4.', pattern: /\x00(4\.\d+\.\d+)(?:-\w{1,20})?\x00/, isOnlyOne: true }],
  },
  {
    name: 'libarchive',
    ...libraries('libarchive'),
    versions: [{ anchor: 'libarchive ', pattern: /\x00libarchive (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'libgit2',
    ...libraries('libgit2'),
    versions: [{ anchor: '\x00libgit2 ', pattern: /\x00libgit2 (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'subversion',
    ...libraries('libsvn_subr-1'),
    versions: [{ anchor: '@(#)1.', pattern: /\x00@\(#\)(1\.\d+\.\d+) \(r\d+\)\x00/ }],
  },
  {
    name: 'libpcap',
    ...libraries('libpcap'),
    versions: [{ anchor: '\x00libpcap version ', pattern: /\x00libpcap version (\d+\.\d+\.\d+)[ \x00]/ }],
  },
  {
    name: 'glib',
    ...libraries('libgio-2.0'),
    versions: [{ anchor: '<!-- GDBus ', pattern: /<!-- GDBus (\d+\.\d+\.\d+) -->/ }],
  },
  {
    name: 'cyrus-sasl',
    ...libraries('libsasl2'),
    versions: [{ anchor: '\x00Cyrus SASL\x00', pattern: /\x00Cyrus SASL\x00(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'libmaxminddb',
    ...libraries('libmaxminddb'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libmicrohttpd',
    ...libraries('libmicrohttpd'),
    versions: [{ anchor: '\x00MHD-worker\x00', pattern: /\x00MHD-worker\x00(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'lz4',
    ...libraries('liblz4'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libpng',
    ...libraries('libpng16', 'libpng15', 'libpng12', 'libpng'),
    versions: [{ anchor: 'libpng version ', pattern: /libpng version (\d+\.\d+\.\d+)[^\d.]/ }],
  },
  {
    name: 'libtiff',
    ...libraries('libtiff'),
    versions: [{ anchor: 'LIBTIFF, Version ', pattern: /\x00LIBTIFF, Version (\d+\.\d+\.\d+)\n/ }],
  },
  {
    name: 'imagemagick',
    kind: 'library',
    stems: ['libMagickCore-'],
    files: /^libMagickCore-\d\.Q\d+(?:HDRI)?\.so(?:\.\d+)*$/,
    versions: [{ anchor: 'ImageMagick ', pattern: /\x00ImageMagick (\d+\.\d+\.\d+-\d+) Q\d/ }],
  },
  {
    name: 'ffmpeg',
    ...libraries(
      'libavcodec',
      'libavformat',
      'libavutil',
      'libavfilter',
      'libavdevice',
      'libswscale',
      'libswresample',
    ),
    versions: FFMPEG,
  },
  {
    name: 'glibc',
    kind: 'library',
    stems: ['libc', 'libc-'],
    files: /^libc(?:-\d\.\d+)?\.so(?:\.6)?$/,
    versions: [
      { anchor: 'GNU C Library ', pattern: /\x00GNU C Library [^\x00\n]{0,80} version (\d+\.\d+)\.\n/ },
    ],
  },
  {
    name: 'musl',
    kind: 'library',
    stems: ['ld-musl-x', 'ld-musl-aarch', 'ld-musl-armhf', 'libc'],
    files: /^(?:ld-musl-\w{1,20}\.so\.1|libc\.(?:musl-\w{1,20}\.)?so(?:\.1)?)$/,
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
];
