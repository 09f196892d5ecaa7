import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closedMounts, parseMounts } from '../../../../../agent/layers/directory/mounts.ts';

const MOUNTINFO = `\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:5 / /proc rw,nosuid - proc proc rw
23 21 0:6 / /sys rw,nosuid - sysfs sysfs rw
24 21 8:2 / /var rw,relatime shared:2 master:1 - xfs /dev/sda2 rw
25 24 8:1 /data /var/bind rw - ext4 /dev/sda1 rw
26 24 0:30 / /var/lib/containerd/with\\040space rw - overlay overlay rw,lowerdir=a:b
27 21 0:40 / /home rw - nfs4 server:/home rw
28 21 8:3 / /mnt/a\\134b rw - btrfs /dev/sda3 rw
29 28 0:41 / /mnt/a\\134b rw - tmpfs tmpfs rw
`;

test('mount points are read with their odd characters', () => {
  const mounts = parseMounts(MOUNTINFO);
  assert.deepEqual(mounts[0], { point: '/', device: '8:1', type: 'ext4' });
  assert.equal(mounts[5]?.point, '/var/lib/containerd/with space');
  assert.equal(mounts[7]?.point, '/mnt/a\\b');
  assert.equal(mounts.length, 9);
});

test('of what is mounted below a root, only further disks are entered', () => {
  assert.deepEqual(
    [...closedMounts(parseMounts(MOUNTINFO), '/')],
    [
      ['/proc', undefined],
      ['/sys', undefined],
      ['/var/bind', 'another mount (ext4), not entered'],
      ['/var/lib/containerd/with space', 'another mount (overlay), not entered'],
      ['/home', 'another mount (nfs4), not entered'],
      ['/mnt/a\\b', 'another mount (tmpfs), not entered'],
    ],
  );
});

test('a root that is no mount point is on the disk it lies on', () => {
  const closed = closedMounts(parseMounts(MOUNTINFO), '/var');
  assert.deepEqual([...closed.keys()], ['/var/lib/containerd/with space']);
  assert.deepEqual([...closedMounts(parseMounts(MOUNTINFO), '/va').keys()], []);
});

test('lines that make no sense are passed over', () => {
  assert.deepEqual(parseMounts('\nnonsense\n1 2 3 - \n'), []);
});

/** As the kernel writes names there. */
function escaped(point: string): string {
  return point.replace(/[\\ \t\n]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

const byteString = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));

test('any point comes back as the kernel wrote it', () => {
  fc.assert(
    fc.property(byteString, (name) => {
      const line = `36 35 98:0 / /${escaped(name)} rw,noatime master:1 - ext3 /dev/root rw\n`;
      assert.deepEqual(parseMounts(line), [{ point: `/${name}`, device: '98:0', type: 'ext3' }]);
    }),
  );
});

test('any text gives mounts, and what is closed lies below the root', () => {
  const words = fc.constantFrom(' - ', ' ', '\n', '/', '/a', '\\040', '\\9', '8:1', 'ext4', 'proc', '36 35 ');
  const text = fc.oneof(
    byteString,
    fc.array(fc.oneof(words, byteString), { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('/', '/a', '/a/b'), (given, root) => {
      const mounts = parseMounts(given);
      assert.ok(mounts.length <= given.split('\n').length);
      for (const point of closedMounts(mounts, root).keys())
        assert.ok(point.startsWith(root === '/' ? '/' : `${root}/`) && point !== root);
    }),
    { numRuns: 2000 },
  );
});
