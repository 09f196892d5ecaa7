import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  nodePlatform,
  platformRank,
  type Platform,
} from '../../../../../agent/runtimes/containerd/platform.ts';

/** `linux/arm/v7` and the like. */
function platform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** What of `images` suits `node`, best first. */
function suiting(node: string, images: readonly string[]): readonly string[] {
  const rank = (image: string) => platformRank(platform(node), platform(image));
  return images
    .filter((image) => rank(image) !== undefined)
    .toSorted((a, b) => (rank(a) ?? 0) - (rank(b) ?? 0));
}

const ALL = [
  'linux/arm/v5',
  'linux/386',
  'linux/arm64',
  'linux/arm/v6',
  'linux/amd64/v3',
  'linux/amd64',
  'linux/arm/v7',
  'linux/arm/v8',
  'linux/s390x',
  'windows/amd64',
];

// What containerd's platforms.Only chooses from the same list.
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['linux/amd64', ['linux/amd64', 'linux/386']],
  ['linux/amd64/v3', ['linux/amd64/v3', 'linux/amd64', 'linux/386']],
  ['linux/arm64', ['linux/arm64', 'linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/arm64/v8', ['linux/arm64', 'linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/arm/v7', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/arm/v6', ['linux/arm/v6', 'linux/arm/v5']],
  ['linux/arm', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/s390x', ['linux/s390x']],
  ['linux/riscv64', []],
];

for (const [node, expected] of CASES) {
  test(`${node} runs ${expected.join(', ') || 'nothing of these'}`, () => {
    assert.deepEqual(suiting(node, ALL), expected);
  });
}

test('other spellings of a platform mean the same', () => {
  const same: readonly (readonly [string, string])[] = [
    ['linux/amd64', 'Linux/x86_64'],
    ['linux/amd64', 'linux/amd64/v1'],
    ['linux/arm64', 'linux/aarch64'],
    ['linux/arm64', 'linux/arm64/8'],
    ['linux/arm/v7', 'linux/armhf'],
    ['linux/arm/v7', 'linux/arm/7'],
    ['linux/arm/v6', 'linux/armel'],
    ['linux/386', 'linux/i386'],
  ];
  for (const [node, image] of same)
    assert.equal(platformRank(platform(node), platform(image)), 0, `${node} and ${image}`);
});

test("Node's architecture becomes Go's", () => {
  assert.deepEqual(nodePlatform('x64'), { os: 'linux', architecture: 'amd64' });
  assert.deepEqual(nodePlatform('arm64'), { os: 'linux', architecture: 'arm64' });
  assert.deepEqual(nodePlatform('arm'), { os: 'linux', architecture: 'arm', variant: 'v7' });
  assert.deepEqual(nodePlatform('s390x'), { os: 'linux', architecture: 's390x' });
});
