import { isIPv6 } from 'node:net';

/** Bits of an IPv6 address that its owner cannot choose. Source: RFC 6177, a site gets a /64 at the least. */
const PREFIX_GROUPS = 4;

/**
 * Under what connections from an address are counted: an IPv4 address, also one in the clothes of IPv6, by itself; an IPv6
 * address with all of its network, for whoever has one of that has 2^64.
 */
export function sourceAddress(remote: string): string {
  const address = remote.replace(/%.*$/, '').toLowerCase();
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = address.split('::', 2);
  const front = before === '' ? [] : before.split(':');
  const back = after === undefined || after === '' ? [] : after.split(':');
  // An IPv4 address at the end stands for two groups.
  const groups = front.length + back.length + (address.includes('.') ? 1 : 0);
  const zeros = Array.from({ length: after === undefined ? 0 : 8 - groups }, () => '0');
  const network = [...front, ...zeros, ...back].slice(0, PREFIX_GROUPS);
  return `${network.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
