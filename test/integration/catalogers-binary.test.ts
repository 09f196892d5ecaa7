import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { binary } from '../../agent/catalogers/binary/index.ts';
import { dpkg } from '../../agent/catalogers/dpkg/index.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { downloadPackages, unpackPackages, type DebianPackage } from '../../cli/demo/debian-packages.ts';
import { compose } from '../../core/compose.ts';
import type { Package } from '../../core/composition.ts';
import type { Cataloger, Fact } from '../../core/facts.ts';
import { packagesOf } from '../../core/merge.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

/** Debian's packages, and what their programs and libraries are. */
const DEBIAN: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash'],
  beanstalkd: ['beanstalkd'],
  bind: ['bind9'],
  bird: ['bird2'],
  bubblewrap: ['bubblewrap'],
  busybox: ['busybox'],
  bzip2: ['libbz2-1.0'],
  'c-ares': ['libc-ares2'],
  catatonit: ['catatonit'],
  chrony: ['chrony'],
  clamav: ['clamav', 'clamav-daemon'],
  clickhouse: ['clickhouse-server'],
  collectd: ['collectd-core'],
  conmon: ['conmon'],
  coturn: ['coturn'],
  crun: ['crun'],
  cups: ['cups-daemon'],
  curl: ['curl', 'libcurl4', 'libcurl3-gnutls'],
  'cyrus-sasl': ['libsasl2-2'],
  dav1d: ['libdav1d6'],
  dnsmasq: ['dnsmasq-base'],
  dropbear: ['dropbear-bin'],
  'dumb-init': ['dumb-init'],
  erlang: ['erlang-base'],
  exim: ['exim4-daemon-light'],
  exiv2: ['libexiv2-27'],
  expat: ['libexpat1'],
  ffmpeg: ['ffmpeg', 'libavutil57', 'libavformat59'],
  file: ['libmagic1'],
  freeradius: ['freeradius'],
  frr: ['frr'],
  'fuse-overlayfs': ['fuse-overlayfs'],
  gawk: ['gawk'],
  gearmand: ['gearman-job-server'],
  glib: ['libglib2.0-0'],
  gnupg: ['gpg'],
  gnutls: ['libgnutls30'],
  gstreamer: ['libgstreamer1.0-0'],
  guile: ['guile-3.0-libs'],
  gzip: ['gzip'],
  h2o: ['h2o'],
  haproxy: ['haproxy'],
  httpd: ['apache2-bin'],
  icecast: ['icecast2'],
  icinga2: ['icinga2-bin'],
  imagemagick: ['libmagickcore-6.q16-6'],
  inspircd: ['inspircd'],
  iptables: ['iptables'],
  'isc-dhcp': ['isc-dhcp-server'],
  jq: ['jq'],
  kea: ['kea-dhcp4-server'],
  keepalived: ['keepalived'],
  knot: ['knot'],
  krb5: ['libkrb5-3'],
  lftp: ['lftp'],
  libaom: ['libaom3'],
  libarchive: ['libarchive13'],
  libavif: ['libavif15'],
  libde265: ['libde265-0'],
  libevent: ['libevent-2.1-7'],
  libgcrypt: ['libgcrypt20'],
  libgit2: ['libgit2-1.5'],
  'libjpeg-turbo': ['libjpeg62-turbo'],
  libmaxminddb: ['libmaxminddb0'],
  libmicrohttpd: ['libmicrohttpd12'],
  libpcap: ['libpcap0.8'],
  libpng: ['libpng16-16'],
  libsodium: ['libsodium23'],
  libssh: ['libssh-4'],
  libssh2: ['libssh2-1'],
  libtiff: ['libtiff6'],
  libuv: ['libuv1'],
  libvips: ['libvips42'],
  libvpx: ['libvpx7'],
  libyaml: ['libyaml-0-2'],
  lighttpd: ['lighttpd'],
  lua: ['lua5.1', 'lua5.3', 'lua5.4', 'liblua5.1-0', 'liblua5.4-0'],
  luajit: ['luajit', 'libluajit-5.1-2'],
  lz4: ['lz4', 'liblz4-1'],
  mariadb: ['mariadb-client-core'],
  mbedtls: ['libmbedcrypto7'],
  memcached: ['memcached'],
  modsecurity: ['libmodsecurity3'],
  monit: ['monit'],
  mono: ['mono-runtime-sgen'],
  mosquitto: ['mosquitto'],
  musl: ['musl'],
  nagios: ['nagios4-core'],
  nano: ['nano'],
  'net-snmp': ['libsnmp40'],
  nftables: ['nftables'],
  nghttp2: ['libnghttp2-14', 'nghttp2-proxy'],
  nginx: ['nginx'],
  ngircd: ['ngircd'],
  nmap: ['ncat', 'nmap'],
  nsd: ['nsd'],
  nss: ['libnss3'],
  ntpsec: ['ntpsec'],
  openjpeg: ['libopenjp2-7'],
  openldap: ['slapd', 'ldap-utils'],
  opensmtpd: ['opensmtpd'],
  openssh: ['openssh-server', 'openssh-client'],
  openssl: ['openssl', 'libssl3'],
  openvpn: ['openvpn'],
  pcre2: ['libpcre2-8-0'],
  pdns: ['pdns-server'],
  'pdns-recursor': ['pdns-recursor'],
  perl: ['perl-base'],
  pgbouncer: ['pgbouncer'],
  php: ['php8.2-cli', 'php8.2-fpm', 'libapache2-mod-php8.2'],
  poppler: ['libpoppler126'],
  postfix: ['postfix'],
  postgresql: ['postgresql-client-15'],
  privoxy: ['privoxy'],
  python: ['python3.11-minimal', 'libpython3.11'],
  qtbase: ['libqt5core5a', 'libqt6core6'],
  redis: ['redis-tools'],
  rspamd: ['rspamd'],
  rsync: ['rsync'],
  rsyslog: ['rsyslog'],
  ruby: ['libruby3.1'],
  samba: ['samba-libs'],
  sendmail: ['sendmail-bin'],
  slirp4netns: ['slirp4netns'],
  socat: ['socat'],
  sqlcipher: ['libsqlcipher0'],
  sqlite: ['libsqlite3-0'],
  strongswan: ['strongswan-charon'],
  stunnel: ['stunnel4'],
  subversion: ['libsvn1'],
  sudo: ['sudo'],
  'swi-prolog': ['swi-prolog-core'],
  'syslog-ng': ['syslog-ng-core'],
  tar: ['tar'],
  tcl: ['libtcl8.6'],
  tcpdump: ['tcpdump'],
  tesseract: ['libtesseract5'],
  tini: ['tini'],
  tor: ['tor'],
  unbound: ['unbound'],
  'util-linux': ['util-linux', 'mount'],
  uwsgi: ['uwsgi-core'],
  varnish: ['varnish'],
  vsftpd: ['vsftpd'],
  wget: ['wget'],
  wget2: ['wget2'],
  wolfssl: ['libwolfssl35'],
  xrdp: ['xrdp'],
  xz: ['xz-utils', 'liblzma5'],
  zabbix: ['zabbix-agent', 'zabbix-server-mysql'],
  zlib: ['zlib1g'],
  zsh: ['zsh'],
  zstd: ['zstd', 'libzstd1'],
};

/** Packages downloaded by one call, which has a deadline. */
const AT_ONCE = 50;

/** As upstream writes it: Debian's marks and revision are no part of it. */
function upstreamVersion(version: string): string {
  const upstream = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  return upstream.replace(/[+~.]?(?:dfsg|ds|git|really)[\w.+~]*$/, '').replace('~', '-');
}

function namesAndVersions({ packages = [] }: Fact): readonly string[] {
  return packages.map(({ name, version }) => `${name}@${version}`);
}

async function packagesIn(root: string, ...catalogers: readonly Cataloger[]): Promise<readonly Package[]> {
  const { index, facts } = await scanLayer(rootDirectorySource(root), 'sha256:0', catalogers);
  const composition = compose([{ index, facts }]);
  return packagesOf(composition, (_, id) => facts.find(({ cataloger }) => cataloger === id)?.facts ?? []);
}

test(
  "programs and libraries of Debian's packages",
  { skip: needsRoot() || needsCommands('apt-get', 'dpkg-deb') },
  async (t) => {
    const scratch = mkdtempSync(join(tmpdir(), 'tallyman-binary-'));
    after(() => rmSync(scratch, { recursive: true, force: true }));
    const names = Object.values(DEBIAN).flat();
    const packages: DebianPackage[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE);
      packages.push(...(await downloadPackages(some, join(scratch, 'packages'), t.signal)));
    }
    const root = join(scratch, 'root');
    await unpackPackages(packages, root, t.signal);

    await t.test('each is found with the version of the package it is from', () => {
      const facts = new Map(catalogDirectory(root, binary).map((fact) => [fact.path, fact]));
      for (const [name, sources] of Object.entries(DEBIAN)) {
        for (const source of sources) {
          const file = packages.find((one) => one.name === source)?.file ?? '';
          const version = execFileSync('dpkg-deb', ['--field', file, 'Version'], { encoding: 'utf8' }).trim();
          const expected = `${name}@${upstreamVersion(version).replace(/^(6\.9\.\d+)\.(\d+)$/, '$1-$2')}`;
          const found = new Set(
            filesOf(root, source).flatMap((path) =>
              namesAndVersions(facts.get(path) ?? { path, status: 'nothing' }),
            ),
          );
          assert.deepEqual([...found].toSorted(), [expected], source);
        }
      }
    });

    await t.test('what the packages own is theirs alone; without their database all is found', async () => {
      const types = new Set((await packagesIn(root, dpkg, binary)).map(({ type }) => type));
      assert.deepEqual([...types], ['deb']);
      rmSync(join(root, 'var/lib/dpkg'), { recursive: true });
      const found = new Set(
        (await packagesIn(root, dpkg, binary)).map(({ type, name }) => `${type}/${name}`),
      );
      assert.deepEqual(
        [...found].toSorted(),
        Object.keys(DEBIAN)
          .map((name) => `generic/${name}`)
          .toSorted(),
      );
    });
  },
);

/** Files and links, as the database lists them. */
function filesOf(root: string, name: string): readonly string[] {
  const list = readFileSync(join(root, `var/lib/dpkg/info/${name}.list`), 'utf8');
  return list.split('\n').map((line) => line.slice(1));
}

test('the Node that runs this is known by its own version', () => {
  const root = dirname(realpathSync(process.execPath));
  const fact = catalogDirectory(root, binary).find(({ path }) => path === 'node');
  assert.deepEqual(fact && namesAndVersions(fact), [`node@${process.versions.node}`]);
});

test(
  'all that is found on this system is what dpkg says it is',
  { skip: needsCommands('dpkg-query') },
  () => {
    const libraries = readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'));
    const directories = ['/usr/bin', '/usr/sbin', ...libraries.map((name) => `/usr/lib/${name}`)];
    const facts = directories.flatMap((directory) =>
      catalogDirectory(directory, binary).map((fact) => ({ ...fact, path: join(directory, fact.path) })),
    );
    const owners = ownersOf(facts.map(({ path }) => path));
    const versions = installedVersions();
    let compared = 0;
    for (const { path, status, message, packages = [] } of facts) {
      assert.notEqual(status, 'error', `${path}: ${message}`);
      const version = versions.get(owners.get(path) ?? '');
      if (version === undefined) continue;
      for (const one of packages) {
        compared += 1;
        assert.equal(one.version.replace(/^(6\.9\.\d+)-/, '$1.'), upstreamVersion(version), path);
      }
    }
    assert.ok(compared >= 10, `${compared} compared`);
  },
);

/** By path. dpkg may know a file by the name that it had before /usr was merged. */
function ownersOf(paths: readonly string[]): ReadonlyMap<string, string> {
  const names = paths.flatMap((path) => [path, path.replace(/^\/usr/, '')]);
  const { stdout } = spawnSync('dpkg-query', ['--search', ...names], { encoding: 'utf8' });
  const found = stdout.matchAll(/^([^,:\s]+)(?:[,:]\S*)*: (\/.+)$/gm);
  return new Map([...found].map(([, owner = '', path = '']) => [path.replace(/^(?!\/usr)/, '/usr'), owner]));
}

function installedVersions(): ReadonlyMap<string, string> {
  const format = '${Package}\t${Version}\n';
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat', format], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  return new Map(stdout.split('\n').map((line) => line.split('\t') as [string, string]));
}
