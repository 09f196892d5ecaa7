import { libraries, programs } from '../classifier.ts';
import type { Classifier } from '../classifier.ts';

/** What gives names, addresses, time and routes, carries mail, watches machines and proxies for others. */
export const NETWORK: readonly Classifier[] = [
  {
    name: 'envoy',
    ...programs('envoy'),
    // Its own is always there as a text by itself; so when there is one such text, that is it.
    versions: [{ anchor: '\x001.', pattern: /\x00(1\.\d{1,2}\.\d+(?:-dev)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'nghttp2',
    ...programs('nghttpx'),
    versions: [{ anchor: 'nghttpx nghttp2/', pattern: /\x00nghttpx nghttp2\/(\d+\.\d+\.\d+)(?:-DEV)?\x00/ }],
  },
  {
    name: 'privoxy',
    ...programs('privoxy'),
    versions: [{ anchor: 'Privoxy version ', pattern: /\x00Privoxy version (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'modsecurity',
    ...libraries('libmodsecurity'),
    versions: [{ anchor: 'ModSecurity v', pattern: /\x00ModSecurity v(\d+\.\d+\.\d+) \(/ }],
  },
  {
    name: 'pdns',
    ...programs('pdnsutil'),
    versions: [{ anchor: '\x00pdnsutil \x00', pattern: /\x00pdnsutil \x00(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'pdns-recursor',
    ...programs('rec_control'),
    versions: [
      { anchor: 'rec_control version \x00', pattern: /\x00rec_control version \x00(\d+\.\d+\.\d+)\x00/ },
    ],
  },
  {
    name: 'kea',
    ...programs('kea-dhcp4', 'kea-dhcp6', 'kea-dhcp-ddns', 'kea-ctrl-agent'),
    versions: [{ anchor: ';;;;   Version: ', pattern: /;;;; {3}Version: +(\d+\.\d+\.\d+)[\n\x00]/ }],
  },
  {
    name: 'isc-dhcp',
    ...programs('dhcpd'),
    versions: [{ anchor: '4.', pattern: /\x00(4\.\d+\.\d+(?:-P\d+)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'ntpsec',
    ...programs('ntpd'),
    versions: [{ anchor: '\x00ntpd ntpsec-', pattern: /\x00(\d+\.\d+\.\d+)\x00ntpd ntpsec-/ }],
  },
  {
    name: 'chrony',
    ...programs('chronyd', 'chronyc'),
    versions: [{ anchor: '\x00--version\x00', pattern: /\x00--version\x00(\d+\.\d+(?:\.\d+)?)\x00/ }],
  },
  {
    name: 'net-snmp',
    ...libraries('libnetsnmp'),
    versions: [{ anchor: '5.', pattern: /\x00(5\.\d+(?:\.\d+){1,2})\x00/, isOnlyOne: true }],
  },
  {
    name: 'bird',
    ...programs('bird', 'bird6'),
    versions: [{ anchor: 'BIRD ', pattern: /\x00BIRD (\d+\.\d+(?:\.\d+)?) ready/ }],
  },
  {
    name: 'frr',
    ...libraries('libfrr'),
    versions: [{ anchor: 'FRRouting (version ', pattern: /FRRouting \(version (\d+\.\d+(?:\.\d+)?)[)-]/ }],
  },
  {
    name: 'coturn',
    ...programs('turnserver'),
    versions: [{ anchor: '\x00Coturn-', pattern: /\x00Coturn-(\d+\.\d+\.\d+) '/ }],
  },
  {
    name: 'opensmtpd',
    ...programs('smtpd'),
    versions: [{ anchor: 'version: OpenSMTPD ', pattern: /version: OpenSMTPD (\d+\.\d+\.\d+p\d+)[\n\x00]/ }],
  },
  {
    name: 'sendmail',
    ...programs('sendmail'),
    versions: [{ anchor: '8.', pattern: /\x00(8\.\d+\.\d+(?:\.\d+)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'rspamd',
    ...programs('rspamd'),
    versions: [
      { anchor: 'Rspamd daemon version ', pattern: /\x00Rspamd daemon version (\d+\.\d+(?:\.\d+)?)[\n\x00]/ },
    ],
  },
  {
    name: 'clamav',
    ...programs('clamd', 'clamscan', 'freshclam'),
    // Followed by the name of the file that it is configured by; in front may be Rust's strings, which have no ends.
    versions: [
      {
        anchor: 'freshclam.conf\x00',
        pattern: /(?<![\d.])(\d+\.\d+\.\d+)\x00\/[^\x00]{0,80}freshclam\.conf\x00/,
      },
    ],
  },
  {
    name: 'collectd',
    ...programs('collectd'),
    versions: [
      {
        anchor: ', http://collectd.org/',
        pattern: /collectd (\d+\.\d+\.\d+)(?:\.\w{1,20})?, http:\/\/collectd\.org\//,
      },
    ],
  },
  {
    name: 'zabbix',
    ...programs('zabbix_agentd', 'zabbix_server', 'zabbix_proxy'),
    versions: [{ anchor: '\x00Zabbix ', pattern: /\x00Zabbix (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'nagios',
    ...programs('nagios', 'nagios4'),
    versions: [{ anchor: 'Nagios Core %s', pattern: /\x00(\d+\.\d+\.\d+)[\x00\n]{1,16}Nagios Core %s/ }],
  },
  {
    name: 'icinga2',
    ...programs('icinga2'),
    versions: [{ anchor: 'r2.', pattern: /\x00r(2\.\d+\.\d+)-\d+\x00/ }],
  },
  {
    name: 'clickhouse',
    ...programs('clickhouse', 'clickhouse-server'),
    versions: [{ anchor: '\x00ClickHouse ', pattern: /\x00ClickHouse (\d+\.\d+\.\d+(?:\.\d+)?)\x00/ }],
  },
  {
    name: 'beanstalkd',
    ...programs('beanstalkd'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'xrdp',
    ...programs('xrdp'),
    versions: [{ anchor: '\x00xrdp %s\x00', pattern: /\x00(\d+\.\d+\.\d+(?:\.\d+)?)\x00xrdp %s\x00/ }],
  },
  {
    name: 'ngircd',
    ...programs('ngircd'),
    versions: [{ anchor: '\x00%s %s-%s\x00', pattern: /\x00ngIRCd\x00%s %s-%s\x00(\d+(?:\.\d+){0,2})\x00/ }],
  },
];
