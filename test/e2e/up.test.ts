import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needsRoot } from '../support/requirements.ts';

const tallyman = fileURLToPath(new URL('../../tallyman', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  output(): string;
  errors(): string;
  /** Until the output holds the text; throws when the command ends before that. */
  until(text: string): Promise<void>;
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(tallyman, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
  return {
    child,
    exit,
    output: () => output,
    errors: () => errors,
    async until(text) {
      let ended = false;
      void exit.then(() => (ended = true));
      while (!output.includes(text)) {
        if (ended) throw new Error(`ended before it said "${text}":\n${errors}\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}

/** Command lines of all processes that name a folder. */
async function processesNaming(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder));
}

const NO_ENGINE = ['--containerd-address', 'none', '--docker-address', 'none'];

test('without an engine and with --no-demo it refuses, and says what is missing', async () => {
  const refused = run(['up', '--no-demo', ...NO_ENGINE]);
  assert.equal(await refused.exit, 5);
  assert.match(
    refused.errors(),
    /^tallyman: there is no containerd or Docker socket on this machine; start an engine/,
  );
  assert.equal(refused.output(), '');
});

suite('npm start on a machine without an engine', { skip: needsRoot() }, () => {
  let folder: string;
  let started: Run;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tm-'));
    started = run(['up', ...NO_ENGINE], { TMPDIR: folder });
    await started.until('Watching.');
  });
  after(async () => {
    started.child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  test('it says that it starts an engine of its own', () => {
    assert.match(
      started.errors(),
      /there is no containerd or Docker socket on this machine, so it starts one of its own/,
    );
  });

  test('it shows images, containers, processes and packages as the collector holds them', () => {
    const text = started.output();
    assert.match(text, /Images \(4\)/);
    assert.match(text, /demo\.tallyman\.dev\/web:2\.1 +[0-9a-f]{12} .* 1 running/);
    assert.match(text, /demo\.tallyman\.dev\/web:2\.0 +[0-9a-f]{12} .* nobody/);
    assert.match(text, /web-1 +demo\.tallyman\.dev\/web:2\.1 +running +\d+/);
    assert.match(text, /\d+ +busybox +\S+ +web-1 +demo\.tallyman\.dev\/web:2\.1 +\/bin\/busybox/);
    assert.match(text, /Packages \(\d+: \d+ deb, \d+ npm, 4 rpm\)/);
  });

  test('other commands find its collector', async () => {
    const api = /--api (\S+)/.exec(started.output())?.[1] ?? '';
    const where = run(['fleet', 'where', 'openssl-libs', '--api', api, '--format', 'json']);
    assert.equal(await where.exit, 0, where.errors());
    const answer = JSON.parse(where.output()) as { images: { items: { names: string[] }[] } };
    assert.deepEqual(
      answer.images.items.flatMap((image) => image.names),
      ['demo.tallyman.dev/legacy:9'],
    );
  });

  test('Ctrl-C ends all that it started and leaves nothing behind', async () => {
    assert.ok((await processesNaming(folder)).length >= 3);
    started.child.kill('SIGINT');
    assert.equal(await started.exit, 0, started.errors());
    assert.deepEqual(await processesNaming(folder), []);
    assert.deepEqual(await readdir(folder), []);
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    assert.ok(!mounts.includes(folder));
  });
});
