import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { exitCodeOf } from '../../cli/failure.ts';
import type { ScanReport } from '../../cli/scan/report.ts';
import { assertFails, needsOtherUser, NOBODY, startTallyman, TALLYMAN, tallyman } from '../support/cli.ts';
import { startFakeDocker } from '../support/fake-docker.ts';
import { scanInProcess } from '../support/scan-in-process.ts';
import { makeScanPlaces, ROOT_PACKAGES, writeTree, type ScanPlaces } from '../support/scan-places.ts';

let places: ScanPlaces;

before(() => {
  places = makeScanPlaces();
});
after(() => places.remove());

suite('the output of scan', () => {
  test('goes into a file, and then standard output is empty', async () => {
    const args = [
      'scan',
      `dir:${places.path('root')}`,
      '--format',
      'json',
      '--output',
      places.path('report.json'),
    ];
    assert.deepEqual(await tallyman(args), { code: 0, signal: null, stdout: '', stderr: '' });
    const { packages } = JSON.parse(readFileSync(places.path('report.json'), 'utf8')) as ScanReport;
    assert.deepEqual(
      packages.map(({ name }) => name),
      ROOT_PACKAGES,
    );
    assert.equal(statSync(places.path('report.json')).mode & 0o777, 0o644);
  });

  test('is refused before any work where it cannot be written', async () => {
    const args = ['scan', 'dir:/nowhere', '--output', places.path('nowhere/x')];
    await assertFails(args, 3, /cannot write .*its folder does not exist/);
  });

  test('that nobody reads to its end is no failure', async () => {
    const child = startTallyman(['scan', `dir:${places.path('root')}`, '--format', 'json']);
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.deepEqual([code, stderr], [0, '']);
  });

  test('that finds no room is one', async () => {
    const command = '"$0" scan "$1" >/dev/full';
    const run = spawnSync('sh', ['-c', command, TALLYMAN, `dir:${places.path('root')}`], {
      encoding: 'utf8',
    });
    assert.match(run.stderr, /^tallyman: cannot write to standard output: [^\n]*no space left[^\n]*\n$/);
    assert.equal(run.status, 1);
  });
});

suite('what scan cannot do', () => {
  test('a target of no known kind lists the kinds', async () => {
    const kinds =
      /dir:PATH, docker-archive:FILE, oci-archive:FILE, oci-layout:DIR, containerd:NAME, docker:NAME/;
    await assertFails(['scan', 'redis:7'], 2, kinds);
    await assertFails(['scan'], 2, /missing required argument 'target'/);
  });

  test('what is not there is not found', async () => {
    await assertFails(['scan', `dir:${places.path('nowhere')}`], 3, /nowhere: no such file or directory/);
    for (const kind of ['docker-archive', 'oci-archive', 'oci-layout']) {
      await assert.rejects(scanInProcess(`${kind}:${places.path('nowhere')}`), hasExitCode(3), kind);
    }
  });

  test('what is no archive, or one of another kind, is told', async () => {
    writeFileSync(places.path('text'), 'this is no archive');
    writeFileSync(places.path('nothing'), '');
    await assertFails(['scan', `docker-archive:${places.path('text')}`], 3, /text: no image archive/);
    for (const kind of ['docker-archive', 'oci-archive']) {
      for (const name of ['text', 'nothing', 'root']) {
        await assert.rejects(
          scanInProcess(`${kind}:${places.path(name)}`),
          hasExitCode(3),
          `${kind}:${name}`,
        );
      }
    }
    await assert.rejects(
      scanInProcess(`oci-layout:${places.path('root')}`),
      /not an OCI image: no index\.json/,
    );
    await assert.rejects(
      scanInProcess(`docker-archive:${places.path('oci.tar')}`),
      /say oci-archive: instead/,
    );
  });

  test('an archive whose layers are not what they promise is refused', async () => {
    const bytes = readFileSync(places.path('docker.tar'));
    bytes[bytes.indexOf('Package: libssl3') + 9] = 'L'.charCodeAt(0);
    writeFileSync(places.path('forged.tar'), bytes);
    await assertFails(['scan', `docker-archive:${places.path('forged.tar')}`], 1, /diff ID/);
  });

  test('what this user may not read is denied', { skip: needsOtherUser() }, async () => {
    writeFileSync(places.path('secret.tar'), readFileSync(places.path('docker.tar')), { mode: 0o600 });
    mkdirSync(places.path('secret'), { mode: 0o700 });
    const nobody = { uid: NOBODY, cwd: '/' };
    await assertFails(
      ['scan', `docker-archive:${places.path('secret.tar')}`],
      4,
      /permission denied/,
      nobody,
    );
    await assertFails(['scan', `dir:${places.path('secret')}`], 4, /permission denied/, nobody);
    const args = ['scan', `dir:${places.path('root')}`, '--output', places.path('root/x')];
    await assertFails(args, 4, /cannot write .*permission denied/, nobody);
  });

  test(
    'of a folder with a closed part the rest is read, and the part named',
    { skip: needsOtherUser() },
    async () => {
      writeTree(places.path('partly'), [
        { path: 'package.json', content: '{"name":"open","version":"1.0.0"}' },
        { path: 'closed', type: 'directory' },
        { path: 'closed/package.json', content: '{"name":"closed","version":"1.0.0"}' },
      ]);
      chmodSync(places.path('partly/closed'), 0o700);
      const args = ['scan', `dir:${places.path('partly')}`, '--format', 'json'];
      const { code, stdout } = await tallyman(args, { uid: NOBODY, cwd: '/' });
      const { packages, problems } = JSON.parse(stdout) as ScanReport;
      assert.deepEqual([code, packages.map(({ name }) => name)], [0, ['open']]);
      assert.deepEqual(
        problems.map((one) => [one.path, one.kind]),
        [['closed', 'unread']],
      );
    },
  );

  test('an engine that is not there is unreachable', async () => {
    for (const kind of ['containerd', 'docker']) {
      const args = ['scan', `${kind}:redis:7`, '--address', places.path('none.sock')];
      await assertFails(args, 5, new RegExp(`there is no ${kind} socket at .*none\\.sock`, 'i'));
    }
  });

  test('an engine that this user may not use is denied', { skip: needsOtherUser() }, async () => {
    const server = createServer().listen(places.path('closed.sock'));
    await once(server, 'listening');
    chmodSync(places.path('closed.sock'), 0o600);
    try {
      for (const kind of ['containerd', 'docker']) {
        const args = ['scan', `${kind}:redis:7`, '--address', places.path('closed.sock')];
        await assertFails(args, 4, new RegExp(`no permission to use the ${kind} socket`, 'i'), {
          uid: NOBODY,
          cwd: '/',
        });
      }
    } finally {
      server.close();
    }
  });

  test('an engine that keeps it waiting can be left', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const docker = await startFakeDocker({
      '/info': () => resolve(),
      '/images/json': [],
      '/containers/json': [],
    });
    const child = startTallyman(['scan', 'docker:app', '--address', docker.address]);
    const outcome = Promise.all([text(child.stderr), once(child, 'close')]);
    await asked;
    child.kill('SIGINT');
    const [stderr, [code]] = await outcome;
    await docker.stop();
    assert.deepEqual([code, stderr], [130, 'tallyman: interrupted\n']);
  });

  function hasExitCode(code: number): (error: unknown) => boolean {
    return (error) => {
      assert.equal(exitCodeOf(error), code, String(error));
      return true;
    };
  }
});
