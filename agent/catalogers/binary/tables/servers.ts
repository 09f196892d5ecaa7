import { programs } from '../classifier.ts';
import type { Classifier, VersionPattern } from '../classifier.ts';

/**
 * Redis and Valkey state their version as the beginning of a build id, with nothing between: version, where and when it was
 * built, and how that differs from a commit (`0` and eight zeros, for a release). Only ids whose parts can be told apart count:
 * built by BuildKit, in a container that goes by twelve hexadecimal digits, or at a stated time. Source: redis, src/release.c.
 */
const REDIS_BUILD = /[^\d.](\d+\.\d+\.\d{1,3})(?:buildkitsandbox-1\d{9}|[0-9a-f]{12}-1\d{9}|1\d{9})0{9}\x00/;

const MYSQL: readonly VersionPattern[] = [
  { name: 'mariadb', anchor: '-MariaDB', pattern: /\x00(\d+\.\d+\.\d+)-MariaDB[-\x00]/ },
  {
    name: 'percona-xtradb-cluster',
    anchor: '/Percona-XtraDB-Cluster-',
    pattern: /\/Percona-XtraDB-Cluster-(\d+\.\d+\.\d+(?:-\d+)?)/,
  },
  { name: 'percona-server', anchor: '/percona-server-', pattern: /\/percona-server-(\d+\.\d+\.\d+-\d+)\// },
  { anchor: '/mysql-', pattern: /\/mysql-(\d+\.\d+\.\d+)\/(?:client|include|mysys|sql|vio)/ },
];

/** Servers and their clients. */
export const SERVERS: readonly Classifier[] = [
  {
    name: 'nginx',
    ...programs('nginx', 'nginx-debug', 'openresty'),
    // OpenResty's version is that of the nginx in it, and one number more.
    versions: [
      {
        anchor: 'nginx version: ',
        pattern: /\x00nginx version: (?:nginx|openresty)\/(\d+\.\d+\.\d+)[^\d]/,
      },
    ],
  },
  {
    name: 'openresty',
    ...programs('nginx', 'openresty'),
    versions: [
      {
        anchor: 'nginx version: openresty/',
        pattern: /nginx version: openresty\/(\d+\.\d+\.\d+\.\d+(?:rc\d+)?)[^\d]/,
      },
    ],
  },
  {
    name: 'httpd',
    ...programs('httpd', 'apache2'),
    versions: [{ anchor: 'Apache/', pattern: /\x00Apache\/(\d+\.\d+\.\d+)(?: \(|\x00)/ }],
  },
  {
    name: 'lighttpd',
    ...programs('lighttpd'),
    versions: [{ anchor: 'lighttpd/', pattern: /\x00lighttpd\/(\d+\.\d+\.\d+)[ \x00]/ }],
  },
  {
    name: 'haproxy',
    ...programs('haproxy'),
    versions: [
      {
        anchor: ', released 20',
        pattern: / version (\d+\.\d+(?:\.\d+|-dev\d+|-rc\d+))(?:[-+~][^,\x00]{1,40})?, released 20/,
      },
    ],
  },
  {
    name: 'varnish',
    ...programs('varnishd'),
    versions: [{ anchor: 'varnish-', pattern: /varnish-(\d+\.\d+\.\d+) revision [0-9a-f]{40}/ }],
  },
  {
    name: 'squid',
    ...programs('squid'),
    versions: [{ anchor: 'squid/', pattern: /\x00squid\/(\d+(?:\.\d+)+)\x00/ }],
  },
  {
    name: 'redis',
    ...programs('redis-server', 'redis-check-rdb', 'redis-check-aof', 'redis-sentinel'),
    versions: [
      // What says how atomic variables are made follows the version in INFO.
      { anchor: '-builtin\x00', pattern: /\x00(\d+\.\d+\.\d+)\x00(?:c11|atomic|sync)-builtin\x00/ },
      { anchor: '00000000\x00', pattern: REDIS_BUILD },
      { anchor: ', Redis version ', pattern: /, Redis version (\d+\.\d+\.\d+)[^\d.]/ },
    ],
  },
  {
    name: 'valkey',
    ...programs('valkey-server', 'valkey-check-rdb', 'valkey-check-aof', 'valkey-sentinel'),
    versions: [{ anchor: '00000000\x00', pattern: REDIS_BUILD }],
  },
  {
    name: 'memcached',
    ...programs('memcached'),
    versions: [{ anchor: 'memcached ', pattern: /\x00memcached (\d+\.\d+\.\d+)[\n\x00]/ }],
  },
  {
    name: 'postgresql',
    ...programs('postgres', 'psql'),
    versions: [
      {
        anchor: ' (PostgreSQL) ',
        pattern:
          /\x00(?:postgres|psql) \(PostgreSQL\) (\d+(?:\.\d+){1,2}|\d+(?:\.\d+)?(?:alpha|beta|rc)\d+)[ \n\x00]/,
      },
    ],
  },
  {
    name: 'pgbouncer',
    ...programs('pgbouncer'),
    versions: [{ anchor: 'PgBouncer ', pattern: /\x00PgBouncer (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'mysql',
    ...programs(
      'mysqld',
      'mysql',
      'mariadbd',
      'mariadb',
      'mysqladmin',
      'mariadb-admin',
      'mysqldump',
      'mariadb-dump',
    ),
    versions: MYSQL,
  },
  {
    name: 'percona-xtrabackup',
    ...programs('xtrabackup'),
    versions: [
      { anchor: '/percona-xtrabackup-', pattern: /\/percona-xtrabackup-(\d+\.\d+\.\d+(?:-\d+)?)\// },
    ],
  },
  {
    name: 'arangodb',
    ...programs('arangod', 'arangosh'),
    versions: [{ anchor: ' [linux]', pattern: /[^\d.](\d+\.\d+\.\d+(?:-\d+)?) (?:enterprise )?\[linux\]/ }],
  },
  {
    name: 'mongodb',
    ...programs('mongod', 'mongos'),
    versions: [
      { anchor: 'tcmalloc', pattern: /\x00(\d+\.\d+\.\d+)\x00tcmalloc/ },
      { anchor: 'heap_size', pattern: /\x00(\d+\.\d+\.\d+)\x00+heap_size/ },
      { anchor: 'cppdefines', pattern: /\x00(\d+\.\d+\.\d+)\x00+cppdefines/ },
    ],
  },
  {
    name: 'mosquitto',
    ...programs('mosquitto'),
    versions: [{ anchor: 'mosquitto version %s', pattern: /\x00(\d+\.\d+\.\d+)\x00mosquitto version %s/ }],
  },
  {
    name: 'openssh',
    ...programs('sshd', 'ssh', 'sshd-session'),
    versions: [{ anchor: 'OpenSSH_', pattern: /\x00OpenSSH_(\d+\.\d+(?:\.\d+)?p\d+)[ \x00]/ }],
  },
  {
    name: 'openldap',
    ...programs('slapd', 'ldapsearch', 'ldapmodify'),
    versions: [{ anchor: '$OpenLDAP: ', pattern: /\$OpenLDAP: \w+ (\d+\.\d+\.\d+)[^\d.]/ }],
  },
  {
    name: 'postfix',
    ...programs('postconf'),
    versions: [{ anchor: 'mail_version=', pattern: /\x00mail_version=(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'exim',
    ...programs('exim', 'exim4'),
    versions: [
      {
        anchor: '<<eximversion>>',
        pattern: /<<eximcnumber>>\x00(\d+\.\d+(?:\.\d+)?)\x00<<eximversion>>/,
      },
    ],
  },
  {
    name: 'dovecot',
    ...programs('dovecot'),
    versions: [{ anchor: 'Dovecot v', pattern: /\x00Dovecot v(\d+\.\d+(?:\.\d+)*) \(/ }],
  },
  {
    name: 'proftpd',
    ...programs('proftpd'),
    versions: [{ anchor: 'ProFTPD Version ', pattern: /\x00ProFTPD Version (1\.\d+\.\d+[a-z]?)\x00/ }],
  },
  {
    name: 'vsftpd',
    ...programs('vsftpd'),
    versions: [{ anchor: 'vsftpd: version ', pattern: /\x00vsftpd: version (\d+\.\d+\.\d+)\n/ }],
  },
  {
    name: 'unbound',
    ...programs('unbound'),
    versions: [{ anchor: 'unbound ', pattern: /\x00unbound (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'dnsmasq',
    ...programs('dnsmasq'),
    versions: [{ anchor: 'dnsmasq-', pattern: /\x00dnsmasq-(\d+\.\d+(?:\.\d+)?)\x00/ }],
  },
  {
    name: 'keepalived',
    ...programs('keepalived'),
    versions: [{ anchor: 'Keepalived v', pattern: /\x00Keepalived v(\d+\.\d+\.\d+) \(/ }],
  },
  {
    name: 'stunnel',
    ...programs('stunnel', 'stunnel4'),
    versions: [{ anchor: 'stunnel ', pattern: /\x00stunnel (\d+\.\d+) on / }],
  },
  {
    name: 'tor',
    ...programs('tor'),
    versions: [{ anchor: ' (on Tor ', pattern: / \(on Tor (\d+(?:\.\d+){3}(?:-[\w-]{1,20})?) / }],
  },
  {
    name: 'fluent-bit',
    ...programs('fluent-bit'),
    versions: [{ anchor: 'Fluent Bit', pattern: /\x00(\d+\.\d+\.\d+)\x00+(?:\[1m\x00)?(?:%s)?Fluent Bit/ }],
  },
  {
    name: 'chromium',
    ...programs('chrome', 'chromium', 'chrome-headless-shell', 'headless_shell'),
    versions: [
      { anchor: 'chrome\x00', pattern: /\x00(\d{2,3}\.\d+\.\d{4,5}\.\d+)\x00chrome\x00/ },
      { anchor: 'Default', pattern: /\x00(\d{2,3}\.\d+\.\d{4,5}\.\d+)\x00Default/ },
    ],
  },
];
