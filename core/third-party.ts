import type { PackageRecord } from './facts.ts';

/**
 * Who makes Debian packages outside of the distribution, by their `Maintainer`: domains, addresses, and names
 * without any. There is no telling Debian's own, whose maintainers have any address; nobody here maintains a package in its archive.
 */
const DEB_DOMAINS: ReadonlySet<string> = new Set(
  (
    'azul.com clickhouse.com cloudflare.com confluent.io couchbase.com dan.cx datadoghq.com docker.com elastic.co ' +
    'f5.com fluentd.org gitlab.com grafana.com hashicorp.com influxdata.com kohsuke.org microsoft.com mongodb.com ' +
    'neo4j.com newrelic.com nginx.com nodesource.com oss.oracle.com percona.com rabbitmq.com redis.com redis.io ' +
    'splunk.com tailscale.com treasure-data.com'
  ).split(' '),
);
const DEB_ADDRESSES: ReadonlySet<string> = new Set([
  'corretto-team@amazon.com',
  'cudatools@nvidia.com',
  'maria-developers@lists.launchpad.net',
]);
const DEB_NAMES = /^(?:GitHub|Google Cloud CLI Authors|Chrome Linux Team)\b/;

/** What distributions write as the vendor of their rpms. */
const RPM_VENDORS =
  /^(?:AlmaLinux|Alibaba|Amazon|CentOS|CloudLinux|Fedora Project|Microsoft Corporation|openEuler|openSUSE|Oracle America|Red Hat|Rocky|SUSE|TencentOS|VMware)/i;

/**
 * The names of packages of one database that the distribution itself did not make: what they bundle has to be looked
 * after by itself, since no advisory of the distribution speaks of it.
 */
export function thirdPartyNames(packages: readonly PackageRecord[]): ReadonlySet<string> {
  const usual = usualVendor(packages.filter(({ type }) => type === 'rpm'));
  const isForeign = ({ type, vendor }: PackageRecord): boolean => {
    if (vendor === undefined) return false;
    if (type === 'deb') return isForeignMaintainer(vendor);
    return type === 'rpm' && vendor !== usual && !RPM_VENDORS.test(vendor);
  };
  return new Set(packages.filter(isForeign).map(({ name }) => name));
}

function isForeignMaintainer(maintainer: string): boolean {
  const address = addressOf(maintainer.trimEnd()).toLowerCase();
  const domain = address.slice(address.indexOf('@') + 1);
  return DEB_DOMAINS.has(domain) || DEB_ADDRESSES.has(address) || DEB_NAMES.test(maintainer);
}

/** The last word if it is an address; by hand, since patterns take long for what is made to confuse them. */
function addressOf(maintainer: string): string {
  let start = maintainer.length;
  while (start > 0 && !' \t\n<'.includes(maintainer[start - 1] ?? '')) start -= 1;
  const word = maintainer.slice(start, maintainer.endsWith('>') ? -1 : undefined);
  return word.includes('@') ? word : '';
}

/** Whoever made most of a database's packages made the distribution, also one that is not known here. */
function usualVendor(packages: readonly PackageRecord[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { vendor } of packages)
    if (vendor !== undefined) counts.set(vendor, (counts.get(vendor) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
