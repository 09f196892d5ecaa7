import { programs } from '../classifier.ts';
import type { Classifier } from '../classifier.ts';
import { BUSYBOX } from './busybox.ts';

/** What a system is made of: tools for files and networks, what others log in and send by, name servers. */
export const SYSTEM: readonly Classifier[] = [
  {
    name: 'util-linux',
    ...programs('getopt', 'lsblk', 'mount', 'nsenter', 'su', 'unshare'),
    versions: [{ anchor: 'util-linux ', pattern: /\x00util-linux (\d+\.\d+(?:\.\d+)?)\x00/ }],
  },
  {
    name: 'sudo',
    ...programs('sudo', 'visudo'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.[89]\.\d+(?:p\d+)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'tar',
    ...programs('tar', 'gtar'),
    versions: [BUSYBOX, { anchor: '1.', pattern: /\x00(1\.\d\d)\x00/, isOnlyOne: true }],
  },
  {
    name: 'gzip',
    ...programs('gzip'),
    versions: [BUSYBOX, { anchor: '1.', pattern: /\x00(1\.\d\d?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'wget',
    ...programs('wget'),
    versions: [BUSYBOX, { anchor: '1.', pattern: /\x00(1\.[12]\d(?:\.\d+)?)\x00/, isOnlyOne: true }],
  },
  {
    name: 'rsync',
    ...programs('rsync'),
    versions: [{ anchor: '3.', pattern: /\x00(3\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'tcpdump',
    ...programs('tcpdump'),
    versions: [{ anchor: '%s version ', pattern: /\x00%s version (\d+\.\d+\.\d+)\n/ }],
  },
  {
    name: 'socat',
    ...programs('socat'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'conmon',
    ...programs('conmon'),
    versions: [{ anchor: 'conmon version ', pattern: /\x00conmon version (\d+\.\d+\.\d+)\n/ }],
  },
  {
    name: 'catatonit',
    ...programs('catatonit'),
    versions: [{ anchor: '0.', pattern: /\x00(0\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'gcc',
    ...programs('gcc', 'g++', 'cc1', 'cc1plus'),
    // A compiler built by hand was built by itself; distributions write their own names in the brackets.
    versions: [{ anchor: 'GCC: (GNU) ', pattern: /\x00GCC: \(GNU\) (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'stack',
    ...programs('stack'),
    versions: [{ anchor: ', Git revision ', pattern: /Version (\d+\.\d+\.\d+), Git revision / }],
  },
  {
    name: 'ghostscript',
    ...programs('gs'),
    versions: [{ anchor: '/ghostscript/', pattern: /\/ghostscript\/(\d+\.\d+(?:\.\d+)?)\/Resource/ }],
  },
  {
    name: 'openvpn',
    ...programs('openvpn'),
    versions: [{ anchor: 'OpenVPN ', pattern: /\x00OpenVPN (\d+\.\d+\.\d+) \S+-linux/ }],
  },
  {
    name: 'strongswan',
    ...programs('charon', 'charon-systemd', 'swanctl'),
    versions: [{ anchor: '(strongSwan ', pattern: /\(strongSwan (\d+\.\d+\.\d+)[,a-z]/ }],
  },
  {
    name: 'dropbear',
    ...programs('dropbear', 'dbclient', 'dropbearmulti'),
    versions: [{ anchor: '-dropbear_', pattern: /SSH-2\.0-dropbear_(\d{4}\.\d+)[^\d.]/ }],
  },
  {
    name: 'freeradius',
    ...programs('freeradius', 'radiusd'),
    versions: [{ anchor: 'FreeRADIUS Version ', pattern: /FreeRADIUS Version (\d+\.\d+\.\d+),/ }],
  },
  {
    name: 'rsyslog',
    ...programs('rsyslogd'),
    versions: [{ anchor: 'rsyslogd  ', pattern: /\x00rsyslogd {2}(\d+\.\d+\.\d+) \(aka/ }],
  },
  {
    name: 'syslog-ng',
    ...programs('syslog-ng'),
    versions: [{ anchor: 'syslog-ng ', pattern: /\x00syslog-ng \d+ \((\d+\.\d+\.\d+)\)\n/ }],
  },
  {
    name: 'monit',
    ...programs('monit'),
    versions: [{ anchor: '>monit ', pattern: />monit (\d+\.\d+\.\d+)<\/a>/ }],
  },
  {
    name: 'cups',
    ...programs('cupsd'),
    versions: [{ anchor: 'CUPS/', pattern: /\x00CUPS\/(\d+\.\d+\.\d+) IPP\// }],
  },
  {
    name: 'bind',
    ...programs('named'),
    versions: [{ anchor: '9.', pattern: /\x00(9\.\d+\.\d+)(?:-[^\x00]{1,60})?\x00/, isOnlyOne: true }],
  },
  {
    name: 'knot',
    ...programs('knotd', 'kresd'),
    versions: [{ anchor: 'Knot DNS ', pattern: /\x00Knot DNS (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'nsd',
    ...programs('nsd'),
    versions: [{ anchor: 'NSD ', pattern: /\x00NSD (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'uwsgi',
    ...programs('uwsgi', 'uwsgi-core'),
    versions: [
      { anchor: '2.0.', pattern: /\x00(2\.0\.\d+(?:\.\d+)?)(?:-[\w.]{1,20})?\x00/, isOnlyOne: true },
    ],
  },
  {
    name: 'h2o',
    ...programs('h2o'),
    versions: [{ anchor: 'h2o/', pattern: /\x00h2o\/(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'trafficserver',
    ...programs('traffic_server', 'traffic_manager'),
    versions: [{ anchor: 'ApacheTrafficServer/', pattern: /ApacheTrafficServer\/(\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'icecast',
    ...programs('icecast', 'icecast2'),
    versions: [{ anchor: 'Icecast ', pattern: /\x00Icecast (\d+\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'gearmand',
    ...programs('gearmand'),
    versions: [{ anchor: 'Server: Gearman/', pattern: /Server: Gearman\/(\d+\.\d+(?:\.\d+)?)[^\d.]/ }],
  },
  {
    name: 'inspircd',
    ...programs('inspircd'),
    versions: [{ anchor: 'InspIRCd-', pattern: /\x00InspIRCd-(\d+\.\d+\.\d+)(?:-\w+)?\x00/ }],
  },
];
