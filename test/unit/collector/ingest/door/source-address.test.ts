import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { sourceAddress } from '../../../../../collector/ingest/door/source-address.ts';

test('an IPv4 address counts by itself, an IPv6 address with its network', () => {
  for (const [remote, counted] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ] as const) {
    assert.equal(sourceAddress(remote), counted);
  }
});

test('an IPv6 address is in the network that it counts with, and others of that count with it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const counted = sourceAddress(address);
      if (!isIPv6(counted.replace('/64', ''))) return;
      const list = new BlockList();
      list.addSubnet(counted.replace('/64', ''), 64, 'ipv6');
      assert.ok(list.check(address, 'ipv6'), `${address} in ${counted}`);
    }),
  );
});
