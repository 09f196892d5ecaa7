import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { listProcesses } from '../../agent/processes/list-processes.ts';
import { ProcReader } from '../../agent/processes/proc-reader.ts';
import { ProcessTable } from '../../agent/processes/process-table.ts';
import { buildImage, ociArchive } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import type { Container, Process } from '../../core/inventory.ts';
import { startContainerd } from '../support/containerd.ts';
import type { TestContainerd } from '../support/containerd.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'tallyman-processes-'));
const started: ChildProcess[] = [];

after(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

/** Starts a program that the end of the tests kills, and waits until it runs. */
async function start(
  command: string,
  args: readonly string[],
  options: { uid?: number } = {},
): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  started.push(child);
  await once(child, 'spawn');
  return child.pid ?? assert.fail();
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 3000, 'never came about');
    await sleep(20);
  }
}

function find(pid: number, containers: readonly Container[] = []): Process | undefined {
  return new ProcessTable().read(containers).processes.find((process) => process.pid === pid);
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8');
}

suite('processes of this machine', () => {
  const skip = needsCommands('ps');
  test('this very process: parent, executable, user, start as ps has them', { skip }, async () => {
    const own = find(process.pid);
    assert.equal(own?.parentPid, process.ppid);
    assert.equal(own?.executable, process.execPath);
    assert.equal(own?.uid, process.geteuid?.());
    assert.equal(own?.bootId, (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim());
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(process.pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    assert.ok(Math.abs(Date.parse(stdout.trim()) - (own?.startedAt ?? 0)) <= 2000);
  });

  test('times are counted in ticks of the length assumed', () => {
    assert.equal(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).trim(), '100');
  });

  test(
    'every process that ps shows before and after is listed, with its parent and effective user',
    { skip },
    async () => {
      const listed = async (): Promise<string[]> =>
        (await run('ps', ['-eo', 'pid=,ppid=,euid='])).stdout
          .trim()
          .split('\n')
          .map((line) => line.trim().replace(/\s+/g, ' '));
      const first = await listed();
      const ours = new Set(
        listProcesses().processes.map(({ pid, parentPid, uid }) => `${pid} ${parentPid} ${uid}`),
      );
      const second = new Set(await listed());
      const lasting = first.filter((line) => second.has(line));
      assert.ok(lasting.length > 1);
      assert.deepEqual(
        lasting.filter((line) => !ours.has(line)),
        [],
      );
    },
  );

  test('a process that names itself like the rest of a stat line is read right', async () => {
    const pid = await start('sh', ['-c', 'printf "a) S 1 (b" > /proc/$$/comm; while :; do sleep 100; done']);
    await until(() => nameOf(pid) !== 'sh\n');
    const found = find(pid);
    assert.deepEqual([found?.command, found?.parentPid], ['a) S 1 (b', process.pid]);
  });

  test('an executable that was deleted keeps its path', async () => {
    const program = join(scratch, 'doomed');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const pid = await start(program, ['100']);
    rmSync(program);
    const record = listProcesses().processes.find((process) => process.pid === pid);
    assert.deepEqual([record?.executable, record?.executableDeleted], [program, true]);
  });

  test('a file named like a deleted one looks the same: the kernel makes no difference', async () => {
    const program = join(scratch, 'alive (deleted)');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const pid = await start(program, ['100']);
    const record = listProcesses().processes.find((process) => process.pid === pid);
    assert.deepEqual([record?.executable, record?.executableDeleted], [join(scratch, 'alive'), true]);
  });

  test('a process that ended but was not waited for is listed, without an executable', async () => {
    // The shell becomes a program that never waits for the child it had.
    const parent = await start('sh', ['-c', 'sleep 0 & exec sleep 100']);
    const zombies = (): Process[] =>
      new ProcessTable()
        .read([])
        .processes.filter(({ parentPid, executable }) => parentPid === parent && executable === '');
    await until(() => zombies().length === 1);
    assert.equal(zombies()[0]?.command, 'sleep');
  });

  test('an open file of a process that is gone cannot be read, even by its number', async () => {
    const child = spawn('sleep', ['100'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const reader = new ProcReader(4096);
    const status = reader.open(`/proc/${child.pid}/status`);
    assert.ok(typeof status === 'number' && typeof reader.readAgain(status) !== 'string');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(reader.readAgain(status), 'gone');
  });

  test('processes that come and go while they are listed do no harm', async () => {
    const churn = await start('sh', ['-c', 'while :; do /bin/true & /bin/true; done']);
    await until(() => nameOf(churn) === 'sh\n');
    for (let pass = 0; pass < 30; pass += 1) {
      const { processes } = listProcesses();
      assert.equal(new Set(processes.map(({ pid }) => pid)).size, processes.length);
      assert.ok(processes.some(({ pid }) => pid === process.pid));
    }
    started.find((child) => child.pid === churn)?.kill('SIGKILL');
  });
});

suite("the node's own processes", { skip: needsRoot() || inNodeNamespaces() }, () => {
  test("kernel threads are the host's, and have no executable", () => {
    const kthreadd = find(2);
    assert.deepEqual(
      [kthreadd?.command, kthreadd?.executable, kthreadd?.attribution, kthreadd?.user],
      ['kthreadd', '', 'host', 'root'],
    );
  });

  test("this process is the host's; users have their names", async () => {
    assert.equal(find(process.pid)?.attribution, 'host');
    const pid = await start('sleep', ['100'], { uid: 65534 });
    const found = find(pid);
    assert.deepEqual([found?.uid, found?.user, found?.attribution], [65534, 'nobody', 'host']);
  });

  test("a process in namespaces of its own is not called the host's", async () => {
    const pid = await start('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sleep', '100']);
    const inside = (): Process | undefined =>
      new ProcessTable()
        .read([])
        .processes.find(({ parentPid, command }) => parentPid === pid && command === 'sleep');
    await until(() => inside() !== undefined);
    assert.equal(inside()?.attribution, 'unknown');
  });

  const unified = unifiedHierarchy();
  test(
    'an agent in a cgroup namespace of its own knows the host from itself',
    { skip: unified === undefined && 'needs cgroup version 2' },
    async () => {
      const group = join(unified ?? assert.fail(), `tallyman-test-${process.pid}`);
      mkdirSync(group);
      const module = new URL('../../agent/processes/process-table.ts', import.meta.url).href;
      const script = `import { ProcessTable } from '${module}';
      const { processes } = new ProcessTable().read([]);
      console.log([process.pid, 1, 2].map((pid) => processes.find((found) => found.pid === pid)?.attribution).join());`;
      const enter = `echo $$ > ${group}/cgroup.procs && exec unshare --cgroup "$@"`;
      try {
        const { stdout } = await run('sh', [
          '-c',
          enter,
          'sh',
          process.execPath,
          '--input-type=module',
          '-e',
          script,
        ]);
        assert.equal(stdout.trim(), 'unknown,host,host');
      } finally {
        rmdirSync(group);
      }
    },
  );
});

suite(
  'containers',
  { skip: needsRoot() || inNodeNamespaces() || needsCommands('containerd', 'runc', 'busybox') },
  () => {
    const IMAGE = 'example.com/processes:1';
    const ID = 'a5'.repeat(32);
    const UID = '11111111-2222-3333-4444-555555555555';
    const top = `tallyman-test-${process.pid}`;
    let containerd: TestContainerd;
    let imageId: string;

    before(async () => {
      containerd = await startContainerd();
      const busybox = { path: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') };
      const shell = { path: 'bin/sh', type: 'symlink', target: 'busybox' } as const;
      const image = buildImage([{ tar: writeTar([{ path: 'bin', type: 'directory' }, busybox, shell]) }]);
      imageId = image.imageId;
      await containerd.importArchive(ociArchive([{ image, names: [IMAGE] }]), { namespace: top });
    });

    after(async () => {
      await containerd?.stop();
      for (const hierarchy of hierarchies())
        removeGroups(hierarchy, [top, `${top}/kubepods/burstable/pod${UID}`]);
    });

    /** Starts a container whose init has one child. */
    async function runContainer(id: string, cgroup: string): Promise<Container> {
      await containerd.runContainer(IMAGE, id, ['/bin/sh', '-c', '/bin/busybox sleep 500 & wait'], {
        namespace: top,
        cgroup,
      });
      const tasks = (await containerd.ctr('--namespace', top, 'tasks', 'list')).split('\n');
      const pid = Number(tasks.map((line) => line.split(/\s+/)).find(([task]) => task === id)?.[1]);
      await until(() => childOf(pid) !== undefined);
      return {
        engine: 'containerd',
        namespace: top,
        id,
        name: id,
        kind: 'container',
        state: 'running',
        imageId,
        imageName: IMAGE,
        pid,
      };
    }

    function childOf(pid: number): number | undefined {
      return listProcesses().processes.find(({ parentPid }) => parentPid === pid)?.pid;
    }

    function places(pids: readonly (number | undefined)[], containers: readonly Container[]): unknown[] {
      const { processes } = new ProcessTable().read(containers);
      return pids.map((pid) => {
        const found = processes.find((process) => process.pid === pid);
        return [found?.attribution, found?.containerId, found?.podUid, found?.imageId, found?.user];
      });
    }

    test('as the CRI runs them: container, pod and image by the cgroup alone', async () => {
      const { pid: _, ...container } = await runContainer(ID, `/${top}/kubepods/burstable/pod${UID}/${ID}`);
      const init = Number(_);
      const place = ['container', ID, UID, imageId, '0'];
      assert.deepEqual(places([init, childOf(init)], [container]), [place, place]);
      const unlisted = ['container', ID, UID, undefined, '0'];
      assert.deepEqual(
        places([init, childOf(init)], []),
        [unlisted, unlisted],
        'also where no engine lists it',
      );
      assert.equal(find(init)?.executable, '/bin/busybox');
    });

    test("as containerd's own client runs them: by namespace and name, and unknown where no engine lists them", async () => {
      const { pid = 0, ...container } = await runContainer('web.1', `/${top}/web.1`);
      const place = ['container', 'web.1', undefined, imageId, '0'];
      const unknown = ['unknown', undefined, undefined, undefined, '0'];
      assert.deepEqual(places([pid, childOf(pid)], [container]), [place, place]);
      assert.deepEqual(places([pid, childOf(pid)], []), [unknown, unknown]);
      await containerd.ctr(
        '--namespace',
        top,
        'tasks',
        'exec',
        '--detach',
        '--exec-id',
        'later',
        'web.1',
        '/bin/busybox',
        'sleep',
        '400',
      );
      const entered = (): Process | undefined =>
        new ProcessTable()
          .read([container])
          .processes.find(
            (found) => found.containerId === 'web.1' && found.parentPid !== pid && found.pid !== pid,
          );
      await until(() => entered() !== undefined);
      assert.equal(entered()?.imageId, imageId);
    });

    test('in a cgroup that says nothing: by the init process', async () => {
      const container = await runContainer('odd', `/${top}/odd-place`);
      const place = ['container', 'odd', undefined, imageId, '0'];
      assert.deepEqual(places([container.pid, childOf(container.pid ?? 0)], [container]), [place, place]);
    });

    test('without a cgroup of its own: by the init process', async () => {
      const container = await runContainer('bare', '');
      const place = ['container', 'bare', undefined, imageId, '0'];
      assert.deepEqual(places([container.pid, childOf(container.pid ?? 0)], [container]), [place, place]);
    });

    test("the host's processes stay the host's beside them, the containers' parents included", async () => {
      const container = await runContainer('beside', `/${top}/beside`);
      const shim = find(container.pid ?? 0)?.parentPid ?? 0;
      assert.deepEqual(
        places([process.pid, shim, containerd.pid], [container]).map(
          (place) => Array.isArray(place) && place[0],
        ),
        ['host', 'host', 'host'],
      );
    });
  },
);

/** `false` when this process runs in the node's own namespaces, else the reason to skip. */
function inNodeNamespaces(): false | string {
  return listProcesses().node.wholeNode ? false : "needs the machine's PID namespace";
}

function mounts(type: string): string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return lines.flatMap((line) => (line.split(' ')[2] === type ? (line.split(' ')[1] ?? []) : []));
}

function unifiedHierarchy(): string | undefined {
  return mounts('cgroup2')[0];
}

function hierarchies(): string[] {
  return [...mounts('cgroup'), ...mounts('cgroup2')];
}

/** Removes what containers left of their parents' groups, innermost first; groups still in use stay. */
function removeGroups(hierarchy: string, paths: readonly string[]): void {
  for (const path of paths) {
    const segments = path.split('/');
    for (let depth = segments.length; depth > 0; depth -= 1) {
      try {
        rmdirSync(join(hierarchy, ...segments.slice(0, depth)));
      } catch {
        continue; // Never made in this hierarchy, or others below it remain.
      }
    }
  }
}
