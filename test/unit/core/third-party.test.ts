import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageRecord } from '../../../core/facts.ts';
import { thirdPartyNames } from '../../../core/third-party.ts';

function foreign(
  type: 'apk' | 'deb' | 'rpm',
  vendors: Readonly<Record<string, string | undefined>>,
): string[] {
  const records = Object.entries(vendors).map(([name, vendor]): PackageRecord => ({
    type,
    name,
    version: '1',
    ...(vendor !== undefined && { vendor }),
  }));
  return [...thirdPartyNames(records)].sort();
}

test('a Debian package is of a third party when a vendor known for that maintains it', () => {
  const found = foreign('deb', {
    nodejs: 'NodeSource Support <support@nodesource.com>',
    'docker-ce': 'Docker <Support@Docker.com>',
    gh: 'GitHub',
    'mysql-server': 'MySQL Release Engineering <mysql-build@oss.oracle.com>',
    cuda: 'cudatools <cudatools@nvidia.com>',
    bash: 'Matthias Klose <doko@debian.org>',
    'of-a-person': 'Someone <someone@linux.it>',
    'of-an-employee': 'Someone <someone@nvidia.com>',
    'of-a-namesake': 'Someone <docker.com@example.org>',
    'of-a-name-alone': 'docker.com',
    'of-nobody': undefined,
  });
  assert.deepEqual(found, ['cuda', 'docker-ce', 'gh', 'mysql-server', 'nodejs']);
});

test('an rpm is of a third party unless a distribution made it, or whoever made most others', () => {
  const known = foreign('rpm', {
    bash: 'Rocky Enterprise Software Foundation',
    glibc: 'Rocky Enterprise Software Foundation',
    htop: 'Fedora Project',
    grafana: 'Grafana',
    local: undefined,
  });
  assert.deepEqual(known, ['grafana']);
  const unknown = foreign('rpm', { bash: 'Small Linux', glibc: 'Small Linux', grafana: 'Grafana' });
  assert.deepEqual(unknown, ['grafana']);
});

test('other distributions name maintainers, not vendors', () => {
  assert.deepEqual(foreign('apk', { nodejs: 'Someone <someone@docker.com>' }), []);
});

test('a maintainer made to confuse a pattern is passed over at once', () => {
  const signs = ['@', '>', '<', 'a@', '@ ', '>@'].map((sign) => `${sign.repeat(500_000)}\t@@\0`);
  assert.deepEqual(foreign('deb', Object.fromEntries(signs.map((vendor, at) => [`p${at}`, vendor]))), []);
});
