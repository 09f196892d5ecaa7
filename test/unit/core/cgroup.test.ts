import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cgroupRootOf, readCgroup } from '../../../core/cgroup.ts';
import type { CgroupReading } from '../../../core/cgroup.ts';

const ID = 'a5'.repeat(32);
const OTHER = 'b7'.repeat(32);
const UID = '11111111-2222-3333-4444-555555555555';
const UID_ = UID.replaceAll('-', '_');
const SLICE = '/kubepods.slice/kubepods-burstable.slice';

function v2(path: string): CgroupReading {
  return readCgroup(`0::${path}\n`, 'absolute');
}

function innermost(reading: CgroupReading): unknown {
  assert.equal(reading.kind, 'containers');
  const { containerId, podUid, engine } =
    reading.kind === 'containers' ? reading.chain.at(-1)! : assert.fail();
  return { containerId, podUid, engine };
}

const shapes: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
  ['docker, cgroupfs', `/docker/${ID}`, undefined, 'docker'],
  ['docker, systemd', `/system.slice/docker-${ID}.scope`, undefined, 'docker'],
  ['docker under a parent of the user', `/actions_job/${ID}`, undefined, undefined],
  ['systemd inside docker', `/docker/${ID}/system.slice/cron.service`, undefined, 'docker'],
  [
    'a mount unit inside docker',
    `/docker/${ID}/system.slice/var-lib-${OTHER}-merged.mount`,
    undefined,
    'docker',
  ],
  [
    'rootless docker',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`,
    undefined,
    'docker',
  ],
  ['kubelet, cgroupfs', `/kubepods/besteffort/pod${UID}/${ID}`, UID, undefined],
  ['kubelet, cgroupfs, guaranteed', `/kubepods/pod${UID}/${ID}`, UID, undefined],
  ['kubelet, static pod', `/kubepods/burstable/pod${'0c'.repeat(16)}/${ID}`, '0c'.repeat(16), undefined],
  [
    'kubelet with docker, systemd',
    `${SLICE}/kubepods-burstable-pod${UID_}.slice/docker-${ID}.scope`,
    UID,
    'docker',
  ],
  [
    'containerd, systemd',
    `${SLICE}/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    UID,
    'containerd',
  ],
  [
    'containerd, guaranteed',
    `/kubepods.slice/kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    UID,
    'containerd',
  ],
  [
    'containerd, drivers mixed',
    `/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${ID}`,
    UID,
    'containerd',
  ],
  ['CRI-O, cgroupfs', `/kubepods/burstable/pod${UID}/crio-${ID}`, UID, 'cri-o'],
  ['CRI-O, systemd', `${SLICE}/kubepods-burstable-pod${UID_}.slice/crio-${ID}.scope`, UID, 'cri-o'],
  [
    'CRI-O with crun',
    `${SLICE}/kubepods-burstable-pod${UID_}.slice/crio-${ID}.scope/container`,
    UID,
    'cri-o',
  ],
  ['podman, cgroupfs', `/libpod_parent/libpod-${ID}`, undefined, 'podman'],
  ['podman, systemd', `/machine.slice/libpod-${ID}.scope/container`, undefined, 'podman'],
  ['podman pod', `/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`, undefined, 'podman'],
  ['podman, split', `/system.slice/web.service/libpod-payload-${ID}.scope/container`, undefined, 'podman'],
  ['podman, split, no scope', `/system.slice/web.service/libpod-payload-${ID}`, undefined, 'podman'],
  [
    'podman, rootless',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
    undefined,
    'podman',
  ],
  ['nerdctl, systemd', `/system.slice/nerdctl-${ID}.scope`, undefined, 'containerd'],
  ['nerdctl, cgroupfs', `/default/${ID}`, undefined, undefined],
  ['kind, the last counts', `/docker/${OTHER}/kubelet/kubepods/pod${UID}/${ID}`, UID, undefined],
  [
    'kind with systemd',
    `/docker/${OTHER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    UID,
    'containerd',
  ],
  [
    'a pod that is nested keeps its own UID',
    `/kubepods/pod${UID}/${OTHER}/docker/${ID}`,
    undefined,
    'docker',
  ],
  ["out of the reader's namespace", `/../crio-${ID}.scope`, undefined, 'cri-o'],
];

for (const [name, path, podUid, engine] of shapes) {
  test(`a container is named: ${name}`, () => {
    assert.deepEqual(innermost(v2(path)), { containerId: ID, podUid, engine });
  });
}

test('a chain holds every container, outermost first, with the path that names it', () => {
  const reading = v2(`/docker/${OTHER}/kubepods/pod${UID}/${ID}/init.scope`);
  assert.equal(reading.kind, 'containers');
  assert.deepEqual(reading.kind === 'containers' ? reading.chain : [], [
    { containerId: OTHER, scope: `/docker/${OTHER}`, engine: 'docker' },
    { containerId: ID, scope: `/docker/${OTHER}/kubepods/pod${UID}/${ID}`, podUid: UID },
  ]);
});

const others: readonly (readonly [CgroupReading['kind'], string])[] = [
  ['root', '/'],
  ['unit', '/init.scope'],
  ['unit', '/system.slice/ssh.service'],
  ['unit', '/user.slice/user-0.slice/session-1.scope'],
  [
    'unit',
    '/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-8f3a7d52-9a1c-4f6e-b9b5-0d3f4a1c2b6e.scope',
  ],
  ['unit', `/system.slice/var-lib-docker-overlay2-${ID}-merged.mount`],
  ['unit', `/system.slice/run-containerd-${ID}.mount`],
  ['container-like', `/system.slice/newengine-${ID}.scope`],
  ['unit', `${SLICE}/kubepods-burstable-pod${UID_}.slice/crio-conmon-${ID}.scope`],
  ['unit', `/machine.slice/libpod-conmon-${ID}.scope`],
  ['container-like', '/docker/buildkit/k2x1c9'],
  ['container-like', `/kubepods/burstable/pod${UID}`],
  ['container-like', `/system.slice/docker-${ID.slice(1)}.scope`],
  ['container-like', '/system.slice/runc-web.scope'],
  ['container-like', '/lxc.payload.web/init.scope'],
  ['container-like', `/ecs/${'c3'.repeat(16)}/${'c3'.repeat(16)}-1234567890`],
  ['container-like', '/garden/8f3a7d52-9a1c-4f6e-b9b5-0d3f'],
  ['unfamiliar', '/default/web'],
  ['unfamiliar', `/default/${ID.toUpperCase()}`],
  ['unfamiliar', `/default/${ID}0`],
  ['unfamiliar', `/sessions/${'c3'.repeat(16)}`],
  ['unseen', '/..'],
  ['unseen', '/../ssh.service'],
];

for (const [kind, path] of others) {
  test(`no container is named by ${path}`, () => {
    assert.equal(v2(path).kind, kind);
  });
}

test('a pod is named where its container is not', () => {
  assert.deepEqual(v2(`/kubepods/pod${UID}`), {
    kind: 'container-like',
    podUid: UID,
    paths: [`/kubepods/pod${UID}`],
  });
});

test('version 1: every hierarchy is read, controllers that the engine left at the root do not count', () => {
  const text = `12:pids:/docker/${ID}\n11:rdma:/\n3:cpu,cpuacct:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`;
  assert.deepEqual(innermost(readCgroup(text, 'absolute')), {
    containerId: ID,
    podUid: undefined,
    engine: 'docker',
  });
});

test('hybrid: the version 2 line says nothing where version 1 does', () => {
  const text = `4:memory:/docker/${ID}\n1:name=systemd:/system.slice/containerd.service\n0::/\n`;
  assert.deepEqual(innermost(readCgroup(text, 'absolute')), {
    containerId: ID,
    podUid: undefined,
    engine: 'docker',
  });
});

test("hybrid: a path in any hierarchy keeps a process from being the host's", () => {
  assert.deepEqual(readCgroup('4:memory:/default/web\n0::/\n', 'absolute'), {
    kind: 'unfamiliar',
    paths: ['/default/web'],
  });
});

test('a hierarchy that knows only the outer container is no contradiction', () => {
  const text = `13:misc:/docker/${OTHER}\n4:memory:/docker/${OTHER}/kubepods/pod${UID}/${ID}\n`;
  assert.deepEqual(innermost(readCgroup(text, 'absolute')), {
    containerId: ID,
    podUid: UID,
    engine: undefined,
  });
});

test('hierarchies that name different containers are a conflict', () => {
  assert.equal(readCgroup(`4:memory:/docker/${ID}\n8:pids:/docker/${OTHER}\n`, 'absolute').kind, 'conflict');
});

test('a removed cgroup still names its container', () => {
  assert.deepEqual(innermost(v2(`/docker/${ID} (deleted)`)), {
    containerId: ID,
    podUid: undefined,
    engine: 'docker',
  });
});

test('an empty or foreign text is unfamiliar', () => {
  for (const text of ['', '\n', 'nonsense', '0:', '0::', '0::relative']) {
    assert.deepEqual(readCgroup(text, 'absolute'), { kind: 'unfamiliar', paths: [] }, JSON.stringify(text));
  }
});

test('from a cgroup namespace of its own, a reader sees the node through the root that a kernel thread shows', () => {
  const root = cgroupRootOf('0::/../../..\n');
  assert.equal(readCgroup('0::/../../..\n', root).kind, 'root');
  assert.equal(readCgroup('0::/../../../system.slice/ssh.service\n', root).kind, 'unit');
  assert.deepEqual(readCgroup('0::/../../../default/web\n', root), {
    kind: 'unfamiliar',
    paths: ['/default/web'],
  });
  assert.equal(readCgroup('0::/\n', root).kind, 'unseen', "the reader's own container");
  assert.equal(readCgroup('0::/ssh.service\n', root).kind, 'unseen', "within the reader's own container");
  assert.equal(
    readCgroup('0::/../ssh.service\n', root).kind,
    'unseen',
    'shares a parent that has no name here',
  );
});

test('each hierarchy of version 1 has its own root', () => {
  const root = cgroupRootOf('4:memory:/../..\n1:name=systemd:/\n');
  assert.equal(readCgroup('4:memory:/../..\n1:name=systemd:/init.scope\n', root).kind, 'unit');
  assert.equal(readCgroup('4:memory:/\n1:name=systemd:/init.scope\n', root).kind, 'unseen');
  assert.equal(readCgroup('9:pids:/\n', root).kind, 'unseen', 'a hierarchy that the root does not show');
});

test("a node that is a container is rooted where its systemd's init.scope is", () => {
  const root = cgroupRootOf('0::/../../../../init.scope\n');
  assert.equal(readCgroup('0::/../../../../system.slice/kubelet.service\n', root).kind, 'unit');
});

test('with an unknown root, only containers are certain', () => {
  assert.equal(cgroupRootOf(''), 'unknown');
  assert.equal(readCgroup('0::/\n', 'unknown').kind, 'unseen');
  assert.equal(readCgroup('0::/system.slice/ssh.service\n', 'unknown').kind, 'unseen');
  assert.equal(readCgroup(`0::/docker/${ID}\n`, 'unknown').kind, 'containers');
});

test('property: any text gives a reading, and every ID named is a whole segment of it', () => {
  const segment = fc.oneof(
    fc.constantFrom(
      ID,
      OTHER,
      '..',
      'docker',
      `docker-${ID}.scope`,
      `crio-conmon-${ID}.scope`,
      `pod${UID}`,
      'kubepods',
    ),
    fc.string({ maxLength: 20 }),
  );
  const line = fc
    .tuple(fc.constantFrom('0:', '4:memory', '1:name=systemd', ''), fc.array(segment, { maxLength: 6 }))
    .map(([head, parts]) => `${head}:/${parts.join('/')}`);
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n')),
  );
  fc.assert(
    fc.property(
      text,
      fc.oneof(fc.constantFrom('absolute' as const, 'unknown' as const), text.map(cgroupRootOf)),
      (value, root) => {
        const reading = readCgroup(value, root);
        if (reading.kind !== 'containers') return;
        assert.ok(reading.chain.length > 0);
        for (const { containerId, scope } of reading.chain) {
          assert.match(containerId, /^[0-9a-f]{64}$/);
          assert.ok(value.includes(scope) && scope.includes(containerId));
        }
      },
    ),
  );
});

test('a path of the greatest length is read at once', () => {
  for (const piece of ['pod', 'a-', `${ID}/`, 'kubepods-', ':docker:', '../']) {
    assert.ok(v2(`/${piece.repeat(Math.ceil(4096 / piece.length))}`).kind);
  }
});
