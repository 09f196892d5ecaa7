import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { listProcesses } from '../../../../agent/processes/list-processes.ts';
import { ProcessTable } from '../../../../agent/processes/process-table.ts';
import { ProcessError } from '../../../../agent/processes/process-error.ts';

const BOOT = '0f0f0f0f-1111-2222-3333-444444444444';
const KTHREAD = 2129984;

/** A directory that looks like proc(5): files by their text, links by `-> target`. */
function procRoot(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tallyman-proc-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const all = { 'sys/kernel/random/boot_id': `${BOOT}\n`, stat: 'cpu 1\nbtime 1000\n', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return root;
}

function processFiles(
  pid: number,
  cgroup: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const files = {
    stat: statLine(pid, 'web'),
    status: 'Name:\tweb\nUid:\t0\t1000\t0\t0\nNSpid:\t1\n',
    cgroup,
    exe: '-> /usr/bin/web',
    ...extra,
  };
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${pid}/${name}`, text]));
}

function statLine(pid: number, name: string, flags = 0): string {
  return `${pid} (${name}) S 1 1 1 0 -1 ${flags} 1 2 3 4 5 6 7 8 20 0 1 0 250 1000 10\n`;
}

test('a process is its number, boot and start; times are ms since the epoch', (context) => {
  const root = procRoot(context, processFiles(40, '0::/init.scope\n'));
  const { bootId, processes } = listProcesses({ procRoot: root });
  assert.equal(bootId, BOOT);
  assert.deepEqual(processes, [
    {
      bootId: BOOT,
      pid: 40,
      parentPid: 1,
      startTicks: 250,
      startedAt: 1_002_500,
      command: 'web',
      executable: '/usr/bin/web',
      executableDeleted: false,
      uid: 1000,
      kernelThread: false,
      cgroup: '0::/init.scope\n',
      nestedPidNamespace: false,
      mountNamespace: 'unknown',
    },
  ]);
});

test('a deleted executable keeps its path and says so; a missing one is empty', (context) => {
  const root = procRoot(context, {
    ...processFiles(40, '0::/\n', { exe: '-> /usr/bin/web (deleted)' }),
    ...processFiles(41, '0::/\n', { exe: 'not a link' }),
  });
  const { processes } = listProcesses({ procRoot: root });
  assert.deepEqual(
    processes.map((process) => [process.executable, process.executableDeleted]),
    [
      ['/usr/bin/web', true],
      ['', false],
    ],
  );
});

test('processes that vanish between two reads are counted, not thrown', (context) => {
  const { '41/stat': _, ...noStat } = processFiles(41, '0::/\n');
  const root = procRoot(context, { ...processFiles(40, '0::/\n'), ...noStat, '42/other': '' });
  const { processes, vanished } = listProcesses({ procRoot: root });
  assert.deepEqual([processes.length, vanished], [1, 2]);
});

test('a file without sense costs one process, not the listing', (context) => {
  const root = procRoot(context, {
    ...processFiles(40, '0::/\n', { stat: 'gibberish' }),
    ...processFiles(41, '0::/\n', { status: 'gibberish' }),
    ...processFiles(42, '0::/\n'),
  });
  const { processes, hidden } = listProcesses({ procRoot: root });
  assert.deepEqual([processes.map(({ pid }) => pid), hidden], [[42], 2]);
});

test('there is a most to what one pass reads, and what is left out is counted', (context) => {
  const root = procRoot(
    context,
    Object.assign({}, ...[9, 10, 100].map((pid) => processFiles(pid, '0::/\n'))),
  );
  const { processes, omitted } = listProcesses({ procRoot: root, maxProcesses: 2 });
  assert.deepEqual([processes.map(({ pid }) => pid), omitted], [[9, 10], 1]);
});

test('mounts are compared with those of the first process, where the cgroup leaves doubt', (context) => {
  const ns = { 'self/ns/cgroup': '-> cgroup:[4026531835]', '1/ns/mnt': '-> mnt:[5]' };
  const root = procRoot(context, {
    ...ns,
    ...processFiles(40, '0::/odd/one\n', { 'ns/mnt': '-> mnt:[5]' }),
    ...processFiles(41, '0::/odd/two\n', { 'ns/mnt': '-> mnt:[6]' }),
    ...processFiles(42, '0::/odd/three\n'),
    ...processFiles(43, '0::/system.slice/ssh.service\n', { 'ns/mnt': '-> mnt:[5]' }),
  });
  const { processes } = listProcesses({ procRoot: root });
  assert.deepEqual(
    processes.map(({ mountNamespace }) => mountNamespace),
    ['node', 'other', 'unknown', 'unknown'],
  );
});

test("kernel threads show that the whole node is visible, and where its cgroups' root is", (context) => {
  const kthreadd = { '2/stat': statLine(2, 'kthreadd', KTHREAD), '2/status': '', '2/cgroup': '0::/../..\n' };
  const own = { 'self/ns/cgroup': '-> cgroup:[4026532000]', '1/ns/cgroup': '-> cgroup:[4026531835]' };
  const root = procRoot(context, { ...kthreadd, ...own, ...processFiles(40, '0::/../../init.scope\n') });
  const { processes, node } = listProcesses({ procRoot: root });
  assert.equal(node.wholeNode, true);
  assert.deepEqual(node.cgroupRoot, new Map([['', '/../..']]));
  assert.deepEqual(
    processes.map(({ pid, kernelThread, cgroup }) => [pid, kernelThread, cgroup]),
    [
      [2, true, ''],
      [40, false, '0::/../../init.scope\n'],
    ],
  );
});

test('a node that is a container is rooted at its systemd; without either the root is unknown', (context) => {
  const own = { 'self/ns/cgroup': '-> cgroup:[4026532000]' };
  const kind = procRoot(context, { ...own, '1/cgroup': '0::/../../init.scope\n' });
  assert.deepEqual(listProcesses({ procRoot: kind }).node.cgroupRoot, new Map([['', '/../..']]));
  const bare = procRoot(context, { ...own, '1/cgroup': '0::/\n', '2/stat': statLine(2, 'sh') });
  assert.equal(listProcesses({ procRoot: bare }).node.cgroupRoot, 'unknown');
});

test('something else than proc(5) is an error that says what to do', (context) => {
  const empty = mkdtempSync(join(tmpdir(), 'tallyman-proc-'));
  context.after(() => rmSync(empty, { recursive: true, force: true }));
  assert.throws(
    () => listProcesses({ procRoot: empty }),
    (error) =>
      error instanceof ProcessError &&
      error.code === 'not-procfs' &&
      /mount the node's \/proc/.test(error.message),
  );
  const root = procRoot(context, { stat: 'cpu 1\n' });
  assert.throws(
    () => listProcesses({ procRoot: root }),
    (error) => error instanceof ProcessError && error.code === 'malformed',
  );
});

test('an aborted signal ends the pass', (context) => {
  const root = procRoot(context, processFiles(40, '0::/\n'));
  assert.throws(
    () => listProcesses({ procRoot: root, signal: AbortSignal.abort(new Error('stop')) }),
    /stop/,
  );
});

test("users are named by the node's passwd, read anew when it changed", (context) => {
  const root = procRoot(context, {
    ...processFiles(40, '0::/init.scope\n'),
    'self/ns/cgroup': '-> cgroup:[4026531835]',
    '1/root/etc/passwd': 'ann:x:1000:1000::/:/bin/sh\n',
  });
  const table = new ProcessTable({ procRoot: root });
  assert.deepEqual(
    table.read([]).processes.map(({ user }) => user),
    ['ann'],
  );
  writeFileSync(join(root, '1/root/etc/passwd'), 'robert:x:1000:1000::/:/bin/sh\n');
  assert.deepEqual(
    table.read([]).processes.map(({ user }) => user),
    ['robert'],
  );
});

test('a passwd that is a symlink is not followed, and the lack of names is said', (context) => {
  const root = procRoot(context, {
    ...processFiles(40, '0::/init.scope\n'),
    'self/ns/cgroup': '-> cgroup:[4026531835]',
    '1/root/etc/passwd': '-> /etc/passwd',
  });
  const { processes, limitations } = new ProcessTable({ procRoot: root }).read([]);
  assert.deepEqual(
    processes.map(({ user }) => user),
    ['1000'],
  );
  assert.ok(limitations.some((sentence) => sentence.includes('passwd')));
});

test('what cannot be seen is said in sentences that name the remedy', (context) => {
  const root = procRoot(context, {
    ...processFiles(40, '0::/\n'),
    ...processFiles(41, '0::/\n', { status: 'gibberish' }),
    ...processFiles(42, '0::/\n'),
    'self/ns/cgroup': '-> cgroup:[4026532000]',
  });
  const { limitations } = new ProcessTable({ procRoot: root, maxProcesses: 2 }).read([]);
  for (const word of ['hostPID', 'cgroup namespace', 'hidepid', 'left out', 'passwd']) {
    assert.ok(
      limitations.some((sentence) => sentence.includes(word)),
      word,
    );
  }
});
