import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binary } from '../../../../../agent/catalogers/binary/index.ts';
import { CLASSIFIERS } from '../../../../../agent/catalogers/binary/tables/all.ts';
import { DOCUMENTS } from '../../../../../agent/catalogers/binary/tables/documents.ts';
import { stemOf } from '../../../../../agent/catalogers/binary/classifier.ts';
import { elfWith } from '../../../../support/elf.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

/** File name, a piece of its text with what stands before and after, and what it is. */
type Sample = readonly [file: string, text: string, ...found: readonly string[]];

const SAMPLES: readonly Sample[] = [
  ['python3.11', 'pymalloc_debug\x003.11.2\0strict', 'python@3.11.2'],
  ['libpython3.14t.so.1.0', "%s: '%s'\x003.14.0rc2+\0%.80s", 'python@3.14.0rc2'],
  ['libpypy3.9-c.so', 'Jan 15 2023\n[PyPy 7.3.11 with GCC 12.2.0]\0', 'pypy@7.3.11'],
  ['node', '/json\0node.js/v20.20.2\0(delegate_)', 'node@20.20.2'],
  ['node', 'Argon\0https://nodejs.org/download/release/v4.9.1/node-v4.9.1.tar.gz\0', 'node@4.9.1'],
  ['node', 'status == 0\0node v0.10.48\0FATAL ERROR', 'node@0.10.48'],
  ['deno', 'denover2.9.62.9.6+e518fbdDeno/2.9.6Deno/2.9.6+e518fbde518fbd66dda5d', 'deno@2.9.6'],
  ['bun', 'legacyweb\0\xb4\0\0Bun/1.4.5\0\0\0', 'bun@1.4.5'],
  ['bun', 'an object\0\xb4Bun v1.0.3 (Linux x64)\0', 'bun@1.0.3'],
  ['php-fpm8.2', '%s,%s\0X-Powered-By: PHP/8.2.36\0ZEND', 'php@8.2.36'],
  ['libphp.so', '%s,%s\0X-Powered-By: PHP/8.4.0RC4\0ZEND', 'php@8.4.0RC4'],
  ['ruby', '\0ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux]\0', 'ruby@3.1.2'],
  ['libruby.so.3.5.0', '\0ruby 3.5.0preview1 (2025-04-18 master d06ec25be4) +PRISM\0', 'ruby@3.5.0preview1'],
  ['perl', 'PERL_INTERNAL_RAND_SEED\0v5.36.0\0panic', 'perl@5.36.0'],
  ['lua5.4', '\0$LuaVersion: Lua 5.4.4  Copyright (C) 1994-2022 Lua.org, PUC-Rio $', 'lua@5.4.4'],
  ['lua', '\xff$Lua: Lua 5.1.5 Copyright (C) 1994-2012 Lua.org, PUC-Rio $\n', 'lua@5.1.5'],
  ['luajit', '\0LuaJIT 2.1.0-beta3 -- Copyright (C) 2005-2022 Mike Pall.', 'luajit@2.1.0-beta3'],
  ['libtcl8.6.so', 'pointerSize\x008.6.13\0tcl_patchLevel\0tcl_version', 'tcl@8.6.13'],
  ['dart', 'Dart,GC"\x003.5.2 (stable) (Wed Aug 28 10:01:20 2024 +0000)\0', 'dart@3.5.2'],
  ['dart', 'Dart,GC"\x003.6.0-216.1.beta (beta) (Thu Sep  5 09:13:43 2024 +0000)\0', 'dart@3.6.0-216.1.beta'],
  ['dart', 'Dart,GC"\x003.6.0-1.0.dev (dev) (Thu Jul 18 04:03:57 2024 -0700)\0', 'dart@3.6.0-1.0.dev'],
  ['rustc', '\0rustc version 1.75.0 (82e1608df 2023-12-21)\0', 'rust@1.75.0'],
  ['ghc-9.4.7', 'Config\x009.4.7\0The Glorious Glasgow Haskell Compilation System\0x86', 'ghc@9.4.7'],
  [
    'libHSghc-9.8.1-4f2c-ghc9.8.1.so',
    'Config\x009.8.1\0The Glorious Glasgow Haskell Compilation System\0x86',
    'ghc@9.8.1',
  ],
  ['java', '%s\n\0openjdk\0java\x000.0\x0017.0.21.1+2-1-deb12u1-Debian\0-J-ms8m\0', 'openjdk@17.0.21.1'],
  ['java', '%s\n\0openjdk\0java\x001.8\x001.8.0_342-b07\0-J-ms8m\0', 'openjdk@1.8.0_342'],
  ['sqlcipher', '\0fast_kdf_iter\x003.4.1\0cipher_page_size\x003.15.2\0', 'sqlcipher@3.4.1'],
  ['libjulia-internal.so.1.9', 'Base\0__init__\x001.9.4\0verify\0', 'julia@1.9.4'],
  ['mysqld', '\0/tmp/Percona-XtraDB-Cluster-8.0.35-27/sql/mysqld.cc\0', 'percona-xtradb-cluster@8.0.35-27'],
  ['xtrabackup', '\0/tmp/percona-xtrabackup-8.0.35-30/storage/x.cc\0', 'percona-xtrabackup@8.0.35-30'],
  ['arangod', 'version \x003.11.5 [linux] 64bit\0', 'arangodb@3.11.5'],
  ['arangosh', '\x003.12.0-1 enterprise [linux] 64bit\0', 'arangodb@3.12.0-1'],
  ['mount', '%s\0util-linux 2.38.1\0', 'util-linux@2.38.1'],
  ['sudo', 'x86_64\x001.9.13p3\0Sudo version %s\n\0', 'sudo@1.9.13p3'],
  ['tar', 'GNU tar\x001.34\0tar', 'tar@1.34'],
  ['gzip', 'there.\x001.12\0stdin', 'gzip@1.12'],
  ['wget', 'x\x001.2.13\0y\x001.21.3\0', 'wget@1.21.3'],
  ['rsync', 'rsync\x003.2.7\0%s  version', 'rsync@3.2.7'],
  ['tcpdump', '\0%s version 4.99.3\n\0', 'tcpdump@4.99.3'],
  ['socat', 'socat\x001.7.4.4\0on', 'socat@1.7.4.4'],
  ['conmon', '\0conmon version 2.1.6\ncommit: unknown\n\0', 'conmon@2.1.6'],
  ['catatonit', 'version\x000.1.7\0', 'catatonit@0.1.7'],
  ['gcc', '\0GCC: (GNU) 13.2.0\0', 'gcc@13.2.0'],
  ['stack', 'Version 2.13.1, Git revision 8102bb8afce90fc954f48efae38b87f37cabc988', 'stack@2.13.1'],
  ['gs', '\0/usr/share/ghostscript/10.02.1/Resource/Init:/usr', 'ghostscript@10.02.1'],
  ['openvpn', '\0OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]\0', 'openvpn@2.6.14'],
  ['charon', '\0Starting IKE charon daemon (strongSwan 5.9.8, %s %s, %s)\0', 'strongswan@5.9.8'],
  ['dropbear', '\0SSH-2.0-dropbear_2022.83\r\n\0', 'dropbear@2022.83'],
  ['radiusd', '\0FreeRADIUS Version 3.2.1, for host x86_64\0', 'freeradius@3.2.1'],
  ['rsyslogd', '\0rsyslogd  8.2302.0 (aka %4d.%2.2d) compiled with:\n\0', 'rsyslog@8.2302.0'],
  ['syslog-ng', '\0syslog-ng 3 (3.38.1)\nConfig version: 3.35\n', 'syslog-ng@3.38.1'],
  ['monit', "<a href='http://mmonit.com/monit/'>monit 5.33.0</a>\0", 'monit@5.33.0'],
  ['cupsd', '\0CUPS/2.4.2 IPP/2.1\0', 'cups@2.4.2'],
  ['named', 'x\x009.18.49-1~deb12u3-Debian\0y', 'bind@9.18.49'],
  ['knotd', '\0Knot DNS 3.2.6\0', 'knot@3.2.6'],
  ['nsd', '\0NSD 4.6.1\0', 'nsd@4.6.1'],
  ['uwsgi', '\x002.0.21-debian\0', 'uwsgi@2.0.21'],
  ['h2o', '\0h2o/2.2.5\0', 'h2o@2.2.5'],
  ['traffic_server', '\0ApacheTrafficServer/9.2.9\0', 'trafficserver@9.2.9'],
  ['icecast', '\0Icecast 2.4.4\0', 'icecast@2.4.4'],
  ['gearmand', '\nServer: Gearman/1.1.20+ds\r\n', 'gearmand@1.1.20'],
  ['inspircd', '\0InspIRCd-3.15.0-debian\0', 'inspircd@3.15.0'],
  ['libkrb5.so.3.3', '\0KRB5_BRAND: krb5-1.20.1-final 1.20.1 20221111\0', 'krb5@1.20.1'],
  ['libnss3.so', '\xffVersion: NSS 3.87.1\0', 'nss@3.87.1'],
  ['libwolfssl.so.35', '\0wolfSSL 5.5.4\0', 'wolfssl@5.5.4'],
  ['libsodium.so.23', '\x001.0.18\0', 'libsodium@1.0.18'],
  ['libpcre2-8.so.0', '\x0010.42 2022-12-11\0', 'pcre2@10.42'],
  ['libcares.so.2', '\x001.18.1\0', 'c-ares@1.18.1'],
  ['libevent-2.1.so.7', '\x002.1.12-stable\0', 'libevent@2.1.12-stable'],
  ['libuv.so.1', '\xff\x001.44.2\0', 'libuv@1.44.2'],
  ['libyaml-0.so.2', '\x000.2.5\0', 'libyaml@0.2.5'],
  ['libjpeg.so.62', '\0libjpeg-turbo version 2.1.5 (build 20230203)\0', 'libjpeg-turbo@2.1.5'],
  ['libvips.so.42', '\x008.14.1\0', 'libvips@8.14.1'],
  ['libtesseract.so.5', "<meta name='ocr-system' content='tesseract 5.3.0' />", 'tesseract@5.3.0'],
  ['libQt5Core.so.5', '\0Qt 5.15.8 (x86_64-little_endian-lp64 shared)\0', 'qtbase@5.15.8'],
  ['libsamba-hostconfig.so.0', '\x004.17.12-Debian\0', 'samba@4.17.12'],
  ['nginx', '\0nginx version: nginx/1.22.1\nbuilt by', 'nginx@1.22.1'],
  ['nginx', '\0nginx version: openresty/1.21.4.1\n', 'nginx@1.21.4', 'openresty@1.21.4.1'],
  ['httpd', 'mailto:\0Apache/2.4.71\0 Server at', 'httpd@2.4.71'],
  ['apache2', ' Server at \0Apache/2.4.71 (Debian)\0', 'httpd@2.4.71'],
  ['lighttpd', '\0lighttpd/1.4.69\0server', 'lighttpd@1.4.69'],
  ['haproxy', '\0 version 2.6.12-1+deb12u4, released 2026/10/17\n\0', 'haproxy@2.6.12'],
  ['haproxy', '\0 version 3.1-dev4-a1b2c3d, released 2024/07/24\n\0', 'haproxy@3.1-dev4'],
  ['varnishd', '\0varnish-7.1.1 revision 7cee1c581bead20e88d101ab3d72afb29f14d87a\0', 'varnish@7.1.1'],
  ['squid', "/1.0) in '\0squid/5.7\0; \0", 'squid@5.7'],
  ['redis-server', 'upstart\0err\x007.0.15\0c11-builtin\0shutdown', 'redis@7.0.15'],
  ['redis-server', '\xacA7.0.151790282056000000000\0%llx', 'redis@7.0.15'],
  ['redis-server', '\x007.0.14buildkitsandbox-1702957741000000000\0', 'redis@7.0.14'],
  ['redis-server', '\x004.0.11841ce7054bd9-1542359302000000000\0', 'redis@4.0.11'],
  ['redis-server', '\0Server started, Redis version 2.8.23\0', 'redis@2.8.23'],
  ['valkey-server', '\0valkey9.0.0buildkitsandbox-1764887574000000000\0', 'valkey@9.0.0'],
  ['memcached', 'listen\0memcached 1.6.18\0udp-port', 'memcached@1.6.18'],
  ['postgres', '.org\0postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n', 'postgresql@15.20'],
  ['psql', '\0psql (PostgreSQL) 17beta2\0', 'postgresql@17beta2'],
  ['pgbouncer', 'memtotal\0PgBouncer 1.18.0\0pool_mode', 'pgbouncer@1.18.0'],
  ['mariadbd', 'Unknown\0-0+deb12u1\x0010.11.19-MariaDB\0x86_64', 'mariadb@10.11.19'],
  ['mysqld', '\x0010.6.15-MariaDB-log\0', 'mariadb@10.6.15'],
  ['mysql', '\0/export/home/pb2/build/sb_0/mysql-8.0.37/mysys/my_default.cc\0', 'mysql@8.0.37'],
  ['mysqld', '\0/mnt/workspace/percona-server-8.0.36-28/sql/sql_class.cc\0', 'percona-server@8.0.36-28'],
  ['mongod', 'version\x006.0.27\0tcmalloc', 'mongodb@6.0.27'],
  ['mongod', 'version\x007.0.28\0heap_size', 'mongodb@7.0.28'],
  ['mongos', 'version\x008.0.17\0\0cppdefines', 'mongodb@8.0.17'],
  ['mosquitto', 'remapping.\x002.0.11\0mosquitto version %s\n', 'mosquitto@2.0.11'],
  ['sshd', 'verifier\0OpenSSH_9.2p1\0SSH-%d.%d', 'openssh@9.2p1'],
  ['ssh', 'ProxyCommand\0OpenSSH_9.2p1 Debian-2+deb12u10\0', 'openssh@9.2p1'],
  ['slapd', '\0@(#) $OpenLDAP: slapd 2.5.13+dfsg-5 (Feb  8 2023 01:56:12) $\n', 'openldap@2.5.13'],
  ['postconf', '\0mail_version=3.7.11\0MAIL_VERBOSE', 'postfix@3.7.11'],
  ['exim4', '%d\0<<eximcnumber>>\x004.96\0<<eximversion>>\0version_init', 'exim@4.96'],
  ['dovecot', '%s)\0\0Dovecot v2.3.19.1 (9b53102964) starting up\0', 'dovecot@2.3.19.1'],
  ['proftpd', 'tvX46\0ProFTPD Version 1.3.8\0LANG', 'proftpd@1.3.8'],
  ['vsftpd', 'argv[0]\0vsftpd: version 3.0.3\n\0', 'vsftpd@3.0.3'],
  ['unbound', 'READY=1\0unbound 1.17.1\0start of service', 'unbound@1.17.1'],
  ['dnsmasq', 'dnsmasq.conf\0dnsmasq-2.90\0version.bind', 'dnsmasq@2.90'],
  ['keepalived', '%s\0Keepalived v2.2.7 (01/16,2022)\n', 'keepalived@2.2.7'],
  ['stunnel', 'for 1 second\0stunnel 5.68 on x86_64-pc-linux-gnu platform\0', 'stunnel@5.68'],
  ['tor', 'stub.c\0 (on Tor 0.4.9.11 )\0', 'tor@0.4.9.11'],
  ['fluent-bit', '\x003.0.2\0%sFluent Bit v%s%s\0', 'fluent-bit@3.0.2'],
  ['fluent-bit', '\x001.7.0\0\x1b[1m\0%sFluent Bit\0', 'fluent-bit@1.7.0'],
  ['chromium', 'debounce-timer\x00156.0.8078.79\0chrome\0', 'chromium@156.0.8078.79'],
  ['chrome', 'x\x00127.0.6533.119\0Default\0', 'chromium@127.0.6533.119'],
  ['gzip', 'of memory\0BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)\0\x001.0\0', 'busybox@1.35.0'],
  ['busybox', 'of memory\0BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)\0', 'busybox@1.35.0'],
  ['bash', 'law.\0@(#)Bash version 5.2.15(1) release GNU\0', 'bash@5.2.15'],
  ['curl', 'categories:\n\0\0curl 7.88.1 (x86_64-pc-linux-gnu) %s\n\0', 'curl@7.88.1'],
  ['curl', 'Accept\0curl/8.9.1\0', 'curl@8.9.1'],
  ['git', '\xff\xff\xaagit/2.39.5\0GIT_USER_AGENT\0', 'git@2.39.5'],
  ['git', '\0git/3.0.0-rc1\0', 'git@3.0.0-rc1'],
  ['git', '\0git/1.9.5.msysgit.1\0', 'git@1.9.5'],
  ['gpg', "\0GNU Privacy Guard's OpenPGP server 2.2.40 ready\0", 'gnupg@2.2.40'],
  ['gawk', '\0GNU Awk 5.2.1\0unbalanced [', 'gawk@5.2.1'],
  ['xz', '%s\n\0xz (XZ Utils) 5.4.1\0liblzma %s\n', 'xz@5.4.1'],
  ['zstd', 'Enabled\0v1.5.4\0Zstandard CLI\0Yann Collet', 'zstd@1.5.4'],
  ['ffmpeg', 'specified.\n\0%s version 5.1.9-0+deb12u1\0%sbuilt with', 'ffmpeg@5.1.9'],
  ['ffprobe', '\0%s version n7.0\0', 'ffmpeg@7.0'],
  ['jq', '%s\n\x001.7.1\0DEBUG:', 'jq@1.7.1'],
  ['sqlite3', 'x\x003.45.1\0y', 'sqlite@3.45.1'],
  ['tini', '(%i)] \0tini version 0.19.0\0%s (%s)', 'tini@0.19.0'],
  ['dumb-init', '\0\x001.2.5\n\0', 'dumb-init@1.2.5'],
  ['cabal', '\0/usr/lib/x86_64-linux-ghc-9.0.2/cabal-install-3.4.1.0\0', 'cabal-install@3.4.1.0'],
  ['openssl', 'N/A\0OpenSSL 3.0.22 25 Aug 2026\0%s', 'openssl@3.0.22'],
  ['libcrypto.so.1.1', '@\0OpenSSL 1.1.1w  11 Sep 2023\0', 'openssl@1.1.1w'],
  ['libcrypto.so.10', '\0OpenSSL 1.0.2k-fips  26 Jan 2017\0', 'openssl@1.0.2k'],
  ['libcrypto.so.3', '\0OpenSSL 3.2.0-beta1 26 Oct 2023\0', 'openssl@3.2.0-beta1'],
  ['libcrypto.so', '\0OpenSSL 1.1.1 (compatible; AWS-LC 1.69.0)\0', 'aws-lc@1.69.0'],
  ['libcrypto.so', '\0OpenSSL 1.1.1 (compatible; BoringSSL)\0', 'boringssl@'],
  ['libcrypto.so.52', '\0LibreSSL 3.8.2\0', 'libressl@3.8.2'],
  ['libcurl-gnutls.so.4.8.0', '/\0libcurl/7.88.1\0zlib/%s', 'curl@7.88.1'],
  ['libz.so.1.2.13', '\xff deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly', 'zlib@1.2.13'],
  ['libsqlite3.so.0.8.6', 'P\x003.40.1\0\xff', 'sqlite@3.40.1'],
  ['liblzma.so.5.4.1', '5.4.1\0\0\0b=\xff', 'xz@5.4.1'],
  ['libzstd.so.1.5.4', '\xe9w\xff\xff1.5.4\0\0', 'zstd@1.5.4'],
  ['libbz2.so.1.0.4', 'r\x001.0.8, 13-Jul-2019\0OK', 'bzip2@1.0.8'],
  ['libexpat.so.1.8.10', 'started\0expat_2.5.0\0\\0', 'expat@2.5.0'],
  ['libnghttp2.so.14.24.1', '\xff\xff1.52.0\0', 'nghttp2@1.52.0'],
  ['libgnutls.so.30', '\0Enabled GnuTLS 3.7.9 logging...\n\0', 'gnutls@3.7.9'],
  ['libgcrypt.so.20', '\0\n\nThis is Libgcrypt 1.10.1 - The GNU Crypto Library\n', 'libgcrypt@1.10.1'],
  ['libmbedcrypto.so.2.28.3', '\0mbed TLS 2.28.3\0MBEDTLS_HAVE_ASM', 'mbedtls@2.28.3'],
  ['libmbedcrypto.so.16', '\0Mbed TLS 3.6.0\0', 'mbedtls@3.6.0'],
  ['libssh2.so.1.0.1', 'length\0SSH-2.0-libssh2_1.10.0\0', 'libssh2@1.10.0'],
  ['libssh.so.4.9.6', '%s\0SSH-2.0-libssh_0.10.6\0SSH-2.0-%s', 'libssh@0.10.6'],
  ['libarchive.so.13', 'ef\0libarchive 3.6.2\0/tmp', 'libarchive@3.6.2'],
  ['libpng16.so.16.39.0', '\0\nlibpng version 1.6.39\nCopyright', 'libpng@1.6.39'],
  ['libtiff.so.6.0.0', '\0LIBTIFF, Version 4.5.0\nCopyright', 'libtiff@4.5.0'],
  ['libMagickCore-6.Q16.so.6.0.0', '\0ImageMagick 6.9.11-60 Q16 x86_64 2021-01-25', 'imagemagick@6.9.11-60'],
  ['libavcodec.so.59.37.100', 'later\0FFmpeg version 5.1.9-0+deb12u1\0', 'ffmpeg@5.1.9'],
  [
    'libc.so.6',
    '\0GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\n',
    'glibc@2.36',
  ],
  ['ld-musl-x86_64.so.1', 'x\x001.2.4\0y', 'musl@1.2.4'],
  ['envoy', '\x001.36.4\0envoy_reloadable_features\0', 'envoy@1.36.4'],
  ['nghttpx', '\0nghttpx nghttp2/1.52.0\0NOTIFY_SOCKET', 'nghttp2@1.52.0'],
  ['privoxy', 'Z\0Privoxy version 3.0.34\0Program name: %s', 'privoxy@3.0.34'],
  ['libmodsecurity.so.3.0.9', 'Linux\0ModSecurity v3.0.9 (\0', 'modsecurity@3.0.9'],
  ['pdnsutil', 'of pdns.conf\0pdnsutil \x004.7.3\0Commands:', 'pdns@4.7.3'],
  ['rec_control', 'help\0rec_control version \x004.8.8\0/recursor.conf', 'pdns-recursor@4.8.8'],
  ['kea-dhcp4', '\n;;;;   Version:           2.2.0\n;;;;   Extended', 'kea@2.2.0'],
  ['dhcpd', '\xff\x004.4.3-P1\0{--version|--help|-h}', 'isc-dhcp@4.4.3-P1'],
  ['ntpd', '%12s\x001.2.2\0ntpd ntpsec-%s\0INIT', 'ntpsec@1.2.2'],
  ['chronyd', '--help\0--version\x004.3\x0046df:F:hl', 'chrony@4.3'],
  ['libnetsnmp.so.40.2.0', 'r\x005.9.3\0container.c', 'net-snmp@5.9.3'],
  ['bird', 'Config\0BIRD 2.0.12 ready.\n\0CLI', 'bird@2.0.12'],
  ['libfrr.so.0.0.0', '\nHello, this is FRRouting (version 8.4.4).\n', 'frr@8.4.4'],
  ['turnserver', "TURN Server\0Coturn-4.6.1 'Gorst'\0 HTTP", 'coturn@4.6.1'],
  ['smtpd', '\0version: OpenSMTPD 6.8.0p2\n\0', 'opensmtpd@6.8.0p2'],
  ['sendmail', '\x008.17.1.9\0y', 'sendmail@8.17.1.9'],
  ['rspamd', '\0Rspamd daemon version 3.4\n\0', 'rspamd@3.4'],
  ['clamscan', '.rename-noreplac1.4.6\0/etc/clamav/freshclam.conf\0', 'clamav@1.4.6'],
  ['collectd', '\ncollectd 5.12.0.git, http://collectd.org/\n', 'collectd@5.12.0'],
  ['zabbix_server', '%u/\0Zabbix 6.0.14\0Cannot', 'zabbix@6.0.14'],
  ['nagios4', 'worker.\x004.4.6\0\nNagios Core %s\n', 'nagios@4.4.6'],
  ['icinga2', '\xffr2.13.6-1\x002.13.6\0', 'icinga2@2.13.6'],
  ['clickhouse', 'BaseDaemon\0ClickHouse 18.16.1\0Starting ', 'clickhouse@18.16.1'],
  ['beanstalkd', '\xff1.12\0walg.c\0', 'beanstalkd@1.12'],
  ['xrdp', '[options]\x000.9.21.1\0xrdp %s\0', 'xrdp@0.9.21.1'],
  ['ngircd', 'gnu\0ngIRCd\0%s %s-%s\x0026.1\0--config', 'ngircd@26.1'],
  ['libvpx.so.7.1.0', '\0WebM Project VP8 Decoder v1.12.0\0', 'libvpx@1.12.0'],
  ['libaom.so.3.6.0', '\0AOMedia Project AV1 Decoder v3.6.0\0', 'libaom@3.6.0'],
  ['libdav1d.so.6.6.0', '\xff1.0.0\0c != NULL', 'dav1d@1.0.0'],
  ['libde265.so.0.1.4', '\xff\x001.0.11\0no error', 'libde265@1.0.11'],
  ['libavif.so.15.0.1', '7.3.11.4.2\x000.11.1\0YUV444', 'libavif@0.11.1'],
  ['libavif.so.16', '\x001.0.4\0YUV444', 'libavif@1.0.4'],
  ['libopenjp2.so.2.5.0', '\x002.5.0\0rb\0wb', 'openjpeg@2.5.0'],
  ['libexiv2.so.0.27.6', 'd\x000.27.6\0/proc/%d', 'exiv2@0.27.6'],
  ['libpoppler.so.126.0.0', 'Form\x0022.12.0\0Creator', 'poppler@22.12.0'],
  ['libgstreamer-1.0.so.0.2200.0', '../gst/gst.c\x001.22.0\0static', 'gstreamer@1.22.0'],
  ['libmagic.so.1.0.0', "in `%s'\x005.44\0%.*s", 'file@5.44'],
  ['libgit2.so.1.5.1', '---\0libgit2 1.5.1\0!patch', 'libgit2@1.5.1'],
  ['libsvn_subr-1.so.1.0.0', 'gnu\0@(#)1.14.2 (r1899510)\0', 'subversion@1.14.2'],
  ['libpcap.so.1.10.3', '\0libpcap version 1.10.3 (with TPACKET_V3)\0', 'libpcap@1.10.3'],
  ['libgio-2.0.so.0.7400.6', '<!-- GDBus 2.74.6 -->\n', 'glib@2.74.6'],
  ['libsasl2.so.2.0.25', '\0Cyrus SASL\x002.1.28\0success', 'cyrus-sasl@2.1.28'],
  ['libmaxminddb.so.0.0.7', 'description\x001.7.1\0Success', 'libmaxminddb@1.7.1'],
  ['libmicrohttpd.so.12.60.0', 'mutex.\n\0MHD-worker\x000.9.75\0', 'libmicrohttpd@0.9.75'],
  ['liblz4.so.1.9.4', '\xff\x001.9.4\0', 'lz4@1.9.4'],
  ['lz4', '\x001.9.4\0', 'lz4@1.9.4'],
  ['zsh', '/share/zsh/5.9/scripts\0', 'zsh@5.9'],
  ['wget2', 'html\0wget2/1.99.1\0system', 'wget2@1.99.1'],
  ['lftp', 'pex\0lftp/4.9.2\0reqq', 'lftp@4.9.2'],
  ['nano', ': %s\0 GNU nano 7.2\0+.', 'nano@7.2'],
  ['ncat', '\0https://nmap.org/ncat\x007.93\0Version', 'nmap@7.93'],
  ['crun', 'command\x001.8.1\0%s version %s\ncommit: %s\n', 'crun@1.8.1'],
  ['bwrap', '%ld\0bubblewrap 0.8.0\0../bubblewrap.c', 'bubblewrap@0.8.0'],
  ['slirp4netns', 'sendmsg\x001.2.0\0slirp4netns version %s\n', 'slirp4netns@1.2.0'],
  ['fuse-overlayfs', 'gid\x001.10\0fuse-overlayfs: version %s\n', 'fuse-overlayfs@1.10'],
  ['xtables-legacy-multi', '-N %s\x001.8.9 (legacy)\0append', 'iptables@1.8.9'],
  ['xtables-nft-multi', 'exist\x001.8.9 (nf_tables)\0append', 'iptables@1.8.9'],
  ['nft', '#5\x001.0.6\0nftables\0%s v%s', 'nftables@1.0.6'],
  [
    'beam.smp',
    'Erlang/OTP 25%s [erts-13.1.5] [source] [64-bit] [async-threads:%d] [jit:ns%s]\n\0\0\x0025.2.3\0\0',
    'erlang@25.2.3',
  ],
  ['swipl', '\0/usr/src/swipl-9.3.8/src/pl-init.c\0', 'swi-prolog@9.3.8'],
  ['libswipl.so.9.3.8', '\0/usr/src/swipl-9.3.8/src/pl-init.c\0', 'swi-prolog@9.3.8'],
  ['libguile-3.0.so.1.5.0', 'dir\0guileversion\x003.0.8\0lib', 'guile@3.0.8'],
  ['mono-sgen', 'met\x006.8.0.105\0%s (%s %s)\0', 'mono@6.8.0.105'],
];

function foundIn(path: string, bytes: Uint8Array | string): readonly string[] {
  const { packages = [] } = binary.parse(bufferFile(path, bytes, { mode: 0o755 }));
  return packages.map(({ type, name, version }) => {
    assert.equal(type, 'generic');
    return `${name}@${version}`;
  });
}

for (const [file, text, ...expected] of SAMPLES) {
  test(`${file} is ${expected.join(' and ')}`, () => {
    assert.ok(binary.candidates.accepts(`opt/x/${file}`));
    assert.deepEqual(foundIn(`opt/x/${file}`, elfWith({ '.text': 'x', '.rodata': text })), expected);
  });
}

test('every pattern has a sample that holds its anchor', () => {
  for (const pattern of new Set(CLASSIFIERS.flatMap(({ versions }) => versions))) {
    const users = CLASSIFIERS.filter(({ versions }) => versions.includes(pattern));
    const isShown = SAMPLES.some(([file, text]) =>
      users.some(({ files }) => {
        const match = files.exec(file);
        return match !== null && text.includes(pattern.anchor.replace('$1', () => match[1] ?? ''));
      }),
    );
    assert.ok(isShown, `${users[0]?.name}: ${pattern.anchor}`);
  }
});

test('every name that a classifier takes begins with one of its stems', () => {
  for (const [file] of SAMPLES) {
    const takers = CLASSIFIERS.filter(({ files }) => files.test(file));
    assert.ok(takers.length > 0, file);
    for (const { stems } of takers) assert.ok(stems.includes(stemOf(file)), file);
  }
});

/** Texts that look like a version and are none. */
const OTHERS: readonly (readonly [file: string, text: string])[] = [
  ['python3.11', '\x003.12.1\0 and 3.11.2 in a sentence'],
  ['libpython3.11.so.1.0', '\x003.11.2.1\0'],
  ['node', 'see https://nodejs.org/download/release/v4.9.1/docs'],
  ['deno', 'denoDeno/2.9.65 files'],
  ['redis-server', '\x007.0.151790282056-1\0'],
  ['redis-server', '\x004.0.13scale-build-1542359302000000000\0'],
  ['valkey-server', 'upstart\x007.2.4\0c11-builtin\0'],
  ['sqlite3', '\x003.45.1\0\x003.40.0\0'],
  ['mysqld', '\0see /usr/share/doc/mysql-8.0.37/README\0'],
  ['openssl', '\0OpenSSL 1.1.1 or later is needed\0'],
  ['sshd', '\0OpenSSH_6.6*,OpenSSH_7.0*\0'],
  ['libz.so', ' deflate 1.3.0.zlib-ng Copyright 1995-2023'],
  ['curl', '\0curl/8.9.1-rc2-weird build\0'],
  ['envoy', '\x001.36.4\0\x001.62.2\0'],
  ['clamscan', '11.4.6.1\0/etc/clamav/freshclam.conf\0'],
  ['nmap', 'see https://nmap.org/book\x007.93\0'],
];

for (const [file, text] of OTHERS) {
  test(`${file}: no version is made up from ${JSON.stringify(text)}`, () => {
    assert.deepEqual(foundIn(file, elfWith({ '.rodata': text })), []);
  });
}

const PAGES: readonly (readonly [path: string, text: string, found: string])[] = [
  ['usr/share/pkgconfig/swipl.pc', 'Name: swipl\nVersion: 9.0.4\nLibs: -lswipl\n', 'swi-prolog@9.0.4'],
  ['usr/local/lib/erlang/releases/26/OTP_VERSION', '26.2.5.3\n', 'erlang@26.2.5.3'],
  ['usr/local/go/VERSION', 'go1.22.1\ntime 2024-02-29T18:18:48Z\n', 'go@1.22.1'],
  ['usr/share/go-1.21/VERSION', 'go1.21rc2', 'go@1.21rc2'],
  ['opt/erlang/releases/27/OTP_VERSION', '27.0-rc3', 'erlang@27.0-rc3'],
  ['usr/lib/elixir/lib/elixir/ebin/elixir.app', '{application,elixir,\n [{vsn,"1.14.0"},\n', 'elixir@1.14.0'],
  [
    'opt/rabbitmq/plugins/rabbit-3.10.8/ebin/rabbit.app',
    '{application, \'rabbit\', [\n\t{vsn, "3.10.8"},',
    'rabbitmq@3.10.8',
  ],
];

for (const [path, text, found] of PAGES) {
  test(`${path} states ${found}`, () => {
    assert.ok(binary.candidates.accepts(path));
    assert.ok(binary.candidates.basenames?.includes(path.split('/').at(-1) ?? ''));
    assert.deepEqual(foundIn(path, text), [found]);
  });
}

test('every kind of document has a sample', () => {
  for (const { name } of DOCUMENTS)
    assert.ok(
      PAGES.some(([, , found]) => found.startsWith(`${name}@`)),
      name,
    );
});

test('names that only resemble known ones are not opened', () => {
  for (const path of [
    'bin/nodemon',
    'bin/python',
    'bin/pythonic3.11',
    'lib/libssl.a',
    'lib/libzip.so',
    'etc/nginx.conf',
    'src/OTP_VERSION',
  ])
    assert.equal(binary.candidates.accepts(path), false, path);
});
