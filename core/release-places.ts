/**
 * Where images say which distribution they are: the first that says something counts, whatever layer it is in.
 * os-release(5), in its own order; then what older releases had instead, a derived distribution's before that of what it is
 * derived from (Oracle Linux has a redhat-release that speaks of Red Hat, Ubuntu a debian_version).
 */
export const RELEASE_PLACES: readonly string[] = [
  'etc/os-release',
  'usr/lib/os-release',
  'etc/oracle-release',
  'etc/centos-release',
  'etc/fedora-release',
  'etc/redhat-release',
  'etc/system-release',
  'etc/alpine-release',
  'etc/lsb-release',
  'etc/debian_version',
];
