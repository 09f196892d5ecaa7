import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attribute } from '../../../core/attribution.ts';
import type { ProcessRecord } from '../../../core/attribution.ts';
import type { CgroupRoot } from '../../../core/cgroup.ts';
import type { Container, Process } from '../../../core/inventory.ts';

const ID = 'a5'.repeat(32);
const OTHER = 'b7'.repeat(32);
const IMAGE = `sha256:${'1f'.repeat(32)}`;
const UID = '11111111-2222-3333-4444-555555555555';

function record(pid: number, cgroup: string, extra: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    bootId: 'b',
    pid,
    parentPid: 1,
    startTicks: pid * 10,
    startedAt: pid * 100,
    command: 'web',
    executable: '/bin/web',
    executableDeleted: false,
    uid: 0,
    kernelThread: false,
    cgroup: cgroup === '' ? '' : `0::${cgroup}\n`,
    nestedPidNamespace: false,
    mountNamespace: 'unknown',
    ...extra,
  };
}

function container(id: string, extra: Partial<Container> = {}): Container {
  return {
    engine: 'containerd',
    namespace: 'k8s.io',
    id,
    name: 'web',
    kind: 'container',
    state: 'running',
    imageId: IMAGE,
    imageName: 'web:1',
    ...extra,
  };
}

function place(
  records: readonly ProcessRecord[],
  containers: readonly Container[],
  cgroupRoot: CgroupRoot = 'absolute',
): unknown[] {
  const userName = (uid: number): string | undefined => (uid === 0 ? 'root' : undefined);
  return attribute(records, containers, { cgroupRoot, userName }).map(placeOnly);
}

function placeOnly({ attribution, containerId, podUid, imageId }: Process): unknown {
  if (attribution !== 'container') return podUid === undefined ? attribution : [attribution, podUid];
  return [containerId, podUid, imageId];
}

test("a process in a known container's cgroup gets its image, and its pod from the engine or the path", () => {
  const pod = { name: 'p', namespace: 'n', uid: UID };
  assert.deepEqual(place([record(9, `/docker/${ID}`)], [container(ID, { pod })]), [[ID, UID, IMAGE]]);
  assert.deepEqual(place([record(9, `/kubepods/pod${UID}/${ID}`)], [container(ID)]), [[ID, UID, IMAGE]]);
});

test('a container that no engine lists is named without an image', () => {
  assert.deepEqual(place([record(9, `/kubepods/pod${UID}/${ID}`)], []), [[ID, UID, undefined]]);
});

test('a container that two engines list has the image that either knows', () => {
  const { imageId: _, ...moby } = container(ID, { namespace: 'moby' });
  const docker = container(ID, { engine: 'docker', namespace: '' });
  for (const containers of [
    [moby, docker],
    [docker, moby],
  ]) {
    assert.deepEqual(place([record(9, `/docker/${ID}`)], containers), [[ID, undefined, IMAGE]]);
  }
});

test("containerd's own client names cgroups /<namespace>/<any ID>: known ones only", () => {
  const containers = [container('web.1', { namespace: 'default' })];
  const paths = [
    '/default/web.1',
    '/default/web.1/init.scope',
    '/default/web.2',
    '/other/web.1',
    '/x/default/web.1',
  ];
  assert.deepEqual(
    place(
      paths.map((path, at) => record(at + 2, path, { mountNamespace: 'other' })),
      containers,
    ),
    [['web.1', undefined, IMAGE], ['web.1', undefined, IMAGE], 'unknown', 'unknown', 'unknown'],
  );
});

test('the host: units, the root, kernel threads, and odd cgroups that see the mounts of the node', () => {
  assert.deepEqual(
    place(
      [
        record(2, '', { kernelThread: true }),
        record(3, '/'),
        record(4, '/', { mountNamespace: 'node' }),
        record(5, '/system.slice/ssh.service'),
        record(6, '/sessions/4', { mountNamespace: 'node' }),
        record(7, '', { mountNamespace: 'node' }),
      ],
      [],
    ),
    ['host', 'host', 'host', 'host', 'host', 'host'],
  );
});

test('what is not certainly the host stays unknown', () => {
  assert.deepEqual(
    place(
      [
        record(3, '/', { mountNamespace: 'other' }),
        record(4, '/', { nestedPidNamespace: true }),
        record(5, '/system.slice/ssh.service', { nestedPidNamespace: true }),
        record(6, '/sessions/4', { mountNamespace: 'unknown' }),
        record(7, '/sessions/4', { mountNamespace: 'node', nestedPidNamespace: true }),
        record(8, '/docker/buildkit/x', { mountNamespace: 'node' }),
        record(9, `/kubepods/pod${UID}`),
        record(10, ''),
      ],
      [],
    ),
    ['unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', ['unknown', UID], 'unknown'],
  );
});

test("`/` in a cgroup namespace of the agent's own is not the host", () => {
  const root = new Map([['', '/../..']]);
  assert.deepEqual(place([record(9, '/'), record(8, '/../../system.slice/a.service')], [], root), [
    'unknown',
    'host',
  ]);
  assert.deepEqual(place([record(9, '/')], [], 'unknown'), ['unknown']);
});

test('hierarchies that contradict each other are never resolved by a guess', () => {
  const cgroup = `4:memory:/docker/${ID}\n8:pids:/docker/${OTHER}\n`;
  const init = record(9, '/', { cgroup, mountNamespace: 'other' });
  assert.deepEqual(place([init], [container(ID, { pid: 9 })]), ['unknown']);
});

test('the init process decides where the cgroup does not say: itself, descendants, later arrivals', () => {
  const own = { mountNamespace: 'other', nestedPidNamespace: true } as const;
  const records = [
    record(50, '/custom/x', own),
    record(51, '/custom/x', { ...own, parentPid: 50 }),
    record(52, '/custom/x', { ...own, parentPid: 51 }),
    record(53, '/custom/x', { ...own, parentPid: 4 }),
    record(54, '/custom/x', { mountNamespace: 'node', parentPid: 4 }),
    record(55, '/custom/y', { ...own, parentPid: 50 }),
  ];
  const inside = ['web', undefined, IMAGE];
  assert.deepEqual(place(records, [container('web', { pid: 50 })]), [
    inside,
    inside,
    inside,
    inside,
    'host',
    'unknown',
  ]);
});

test('containers without a cgroup of their own hold only what descends from their init', () => {
  const own = { mountNamespace: 'other', nestedPidNamespace: true } as const;
  const records = [
    record(50, '/', own),
    record(51, '/', { ...own, parentPid: 50 }),
    record(60, '/', own),
    record(61, '/', { ...own, parentPid: 1 }),
  ];
  const containers = [container('a', { pid: 50 }), container('b', { pid: 60 })];
  assert.deepEqual(place(records, containers), [
    ['a', undefined, IMAGE],
    ['a', undefined, IMAGE],
    ['b', undefined, IMAGE],
    'unknown',
  ]);
});

test("a process that got an ended container's number is not taken for its init", () => {
  const containers = [container('web', { pid: 50 })];
  assert.deepEqual(
    place(
      [record(50, '/system.slice/ssh.service'), record(51, '/system.slice/ssh.service', { parentPid: 50 })],
      containers,
    ),
    ['host', 'host'],
  );
  assert.deepEqual(place([record(50, '/sessions/4', { mountNamespace: 'node' })], containers), ['host']);
});

test('where engines run in containers, the deepest container that ours know counts', () => {
  const inner = `/docker/${OTHER}/kubepods/pod${UID}/${ID}`;
  assert.deepEqual(place([record(9, inner)], []), [[ID, UID, undefined]]);
  assert.deepEqual(place([record(9, inner)], [container(OTHER)]), [[OTHER, undefined, IMAGE]]);
  assert.deepEqual(place([record(9, inner)], [container(OTHER), container(ID, { pid: 9 })]), [
    [ID, UID, IMAGE],
  ]);
});

test("a container cannot pass for another by a sub-cgroup with the other's name", () => {
  const victim = record(50, `/docker/${ID}`);
  const forged = record(60, `/docker/${OTHER}/docker/${ID}`);
  const containers = [container(ID, { pid: 50 }), container(OTHER)];
  assert.deepEqual(place([victim, forged], containers).at(1), [OTHER, undefined, IMAGE]);
  assert.deepEqual(
    place([forged], containers),
    [[OTHER, undefined, IMAGE]],
    'nor while the other is not running',
  );
});

test("nor can a user in a delegated cgroup, or a container of containerd's own client", () => {
  const victim = record(50, `/docker/${ID}`);
  const user = record(60, `/user.slice/user-1000.slice/user@1000.service/docker-${ID}.scope`);
  const client = record(61, `/default/web/${ID}`);
  const containers = [container(ID, { pid: 50 }), container('web', { namespace: 'default' })];
  assert.deepEqual(place([victim, user, client], containers), [
    [ID, undefined, IMAGE],
    'unknown',
    ['web', undefined, IMAGE],
  ]);
});

test("user names are the node's: numbers inside containers and where the node has none", () => {
  const records = [
    record(3, '/init.scope'),
    record(4, '/init.scope', { uid: 65534 }),
    record(5, `/docker/${ID}`),
    record(6, '/x/y'),
  ];
  const context = {
    cgroupRoot: 'absolute',
    userName: (uid: number) => (uid === 0 ? 'root' : undefined),
  } as const;
  assert.deepEqual(
    attribute(records, [], context).map((process) => process.user),
    ['root', '65534', '0', '0'],
  );
});

test('only what the contract names leaves the node', () => {
  const [process] = attribute([record(3, '/init.scope')], [], {
    cgroupRoot: 'absolute',
    userName: () => 'root',
  });
  assert.deepEqual(process, {
    bootId: 'b',
    pid: 3,
    parentPid: 1,
    startTicks: 30,
    startedAt: 300,
    command: 'web',
    executable: '/bin/web',
    uid: 0,
    user: 'root',
    attribution: 'host',
  });
});

test('property: any process tree, loops and all, gives one process a record; containers are ours or named by the path', () => {
  const cgroups = ['/', '', '/x/y', `/docker/${ID}`, `/docker/${OTHER}/${ID}`, '/default/web', '/init.scope'];
  const pid = fc.integer({ min: 1, max: 12 });
  const records = fc.uniqueArray(
    fc.record({ pid, parentPid: pid, cgroup: fc.constantFrom(...cgroups), nested: fc.boolean() }),
    { selector: (value) => value.pid, maxLength: 12 },
  );
  const containers = fc.array(
    fc.record({ id: fc.constantFrom(ID, OTHER, 'web'), namespace: fc.constantFrom('', 'default'), pid }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(records, containers, (rows, known) => {
      const all = rows.map((row) =>
        record(row.pid, row.cgroup, { parentPid: row.parentPid, nestedPidNamespace: row.nested }),
      );
      const list = known.map(({ id, ...extra }) => container(id, extra));
      const processes = attribute(all, list, { cgroupRoot: 'absolute', userName: () => undefined });
      assert.equal(processes.length, all.length);
      for (const [at, process] of processes.entries()) {
        assert.equal(process.containerId !== undefined, process.attribution === 'container');
        if (process.imageId !== undefined) assert.ok(list.some(({ id }) => id === process.containerId));
        if (process.attribution === 'host') assert.equal(all[at]?.nestedPidNamespace, false);
      }
    }),
  );
});

test('a chain of parents as long as a listing may be is climbed without recursion', () => {
  const records = Array.from({ length: 16_384 }, (_, at) =>
    record(at + 2, '/x', { parentPid: at + 1, nestedPidNamespace: true }),
  );
  const processes = attribute(records, [container('web', { pid: 2 })], {
    cgroupRoot: 'absolute',
    userName: () => undefined,
  });
  assert.ok(processes.every((process) => process.containerId === 'web'));
});
