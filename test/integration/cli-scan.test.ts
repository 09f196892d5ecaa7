import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import {
  buildIndex,
  dockerArchive,
  ociArchive,
  ociLayout,
  type BuiltImage,
} from '../../cli/demo/oci-image.ts';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';
import { exitCodeOf } from '../../cli/failure.ts';
import type { ScanReport } from '../../cli/scan/report.ts';
import { CATALOGED_PURLS, catalogedLayers } from '../support/cataloged-image.ts';
import {
  needsOtherUser,
  NOBODY,
  startTallyman,
  TALLYMAN,
  tallyman,
  type CliOptions,
} from '../support/cli.ts';
import { startFakeDocker } from '../support/fake-docker.ts';
import { sbomSchemas } from '../support/sbom-schemas.ts';
import { scanInProcess } from '../support/scan-in-process.ts';
import { smallImage } from '../support/small-images.ts';

const schemas = sbomSchemas();
const NAME = 'docker.io/library/app:1';

let folder = '';
let image: BuiltImage;
const path = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-scan-'));
  chmodSync(folder, 0o755);
  image = smallImage(catalogedLayers, { architecture: 'amd64', compression: 'none' });
  const named = { image, names: [NAME] };
  writeFileSync(path('docker.tar'), dockerArchive([named]));
  writeFileSync(path('oci.tar'), ociArchive([named]));
  writeTree(path('layout'), ociLayout([named]));
  writeTree(path('root'), [
    ...(catalogedLayers[0] ?? []),
    { path: 'app', type: 'directory' },
    { path: 'app/package.json', content: '{"name":"plain","version":"1.2.3"}' },
  ]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

function writeTree(root: string, entries: readonly TarEntry[]): void {
  mkdirSync(root);
  for (const { path: name, type, content = '' } of entries) {
    if (type === 'directory') mkdirSync(join(root, name), { recursive: true });
    else writeFileSync(join(root, name), content);
  }
}

/** Asserts that a command fails in one line on standard error, and with nothing on the other. */
async function assertFails(
  args: readonly string[],
  code: number,
  message: RegExp,
  options: CliOptions = {},
): Promise<void> {
  const run = await tallyman(args, options);
  assert.match(run.stderr, /^tallyman: [^\n]+\n$/);
  assert.match(run.stderr, message);
  assert.equal(run.stdout, '');
  assert.equal(run.code, code);
}

suite('scan of archives', () => {
  for (const [kind, name] of [
    ['docker-archive', 'docker.tar'],
    ['oci-archive', 'oci.tar'],
    ['oci-layout', 'layout'],
  ] as const) {
    test(`${kind}: gives the packages of the merged image, and where they come from`, async () => {
      const run = await tallyman(['scan', `${kind}:${path(name)}`, '--format', 'json']);
      assert.deepEqual([run.code, run.stderr], [0, '']);
      const { image: found, packages, release, problems } = JSON.parse(run.stdout) as ScanReport;
      assert.deepEqual(
        packages.map(({ purl }) => purl),
        CATALOGED_PURLS,
      );
      assert.equal(found?.imageId, image.imageId);
      assert.deepEqual(found.diffIds, image.diffIds);
      assert.deepEqual(found.names, [NAME]);
      assert.equal(release?.prettyName, 'Debian GNU/Linux 12 (bookworm)');
      assert.deepEqual(packages.find((one) => one.name === 'libssl3')?.locations, [
        {
          path: 'var/lib/dpkg/status',
          layer: image.diffIds[2],
          introducedBy: image.diffIds[0],
          cataloger: 'dpkg',
        },
      ]);
      assert.deepEqual(
        problems.map(({ path: place, layer, cataloger, kind: how }) => [place, layer, cataloger, how]),
        [['srv/app/node_modules/broken/package.json', image.diffIds[2], 'npm', 'unread']],
      );
    });
  }

  test('of an image for several platforms, the one asked for', async () => {
    const arm = smallImage([[{ path: 'package.json', content: '{"name":"arm","version":"1.0.0"}' }]], {
      architecture: 'arm64',
      variant: 'v8',
    });
    writeFileSync(path('both.tar'), ociArchive([{ image: buildIndex([image, arm]), names: [NAME] }]));
    const target = `oci-archive:${path('both.tar')}`;
    const platform = { os: 'linux', architecture: 'arm64' };
    assert.equal((await scanInProcess(target, { platform })).image?.imageId, arm.imageId);
    const amd = await scanInProcess(target, { platform: { os: 'linux', architecture: 'amd64' } });
    assert.equal(amd.image?.imageId, image.imageId);
    await assertFails(['scan', target, '--platform', 'linux/s390x'], 3, /linux\/s390x/);
  });

  test('of an archive of one platform, no other', async () => {
    const other = scanInProcess(`docker-archive:${path('docker.tar')}`, {
      platform: { os: 'linux', architecture: 'arm64' },
    });
    await assert.rejects(other, {
      exitCode: 3,
      message: /holds no image for linux\/arm64, only for linux\/amd64$/,
    });
  });

  test('of an archive of several images, the one that is named', async () => {
    const other = smallImage([[{ path: 'package.json', content: '{"name":"other","version":"1.0.0"}' }]], {
      compression: 'none',
    });
    const images = [
      { image, names: ['app:1'] },
      { image: other, names: ['other:1', 'other:2'] },
    ];
    writeFileSync(path('two.tar'), dockerArchive(images));
    const target = `docker-archive:${path('two.tar')}`;
    await assertFails(['scan', target], 2, /holds 2 images: app:1, other:1; choose one with --image/);
    for (const name of ['other:2', 'docker.io/library/other:1', other.imageId.slice(0, 15)]) {
      assert.equal((await scanInProcess(target, { image: name })).image?.imageId, other.imageId, name);
    }
    await assert.rejects(scanInProcess(target, { image: 'other:3' }), {
      exitCode: 3,
      message: /has no image "other:3"; did you mean other:1 or other:2\?/,
    });
  });
});

suite('scan of a folder', () => {
  test('takes it as one layer', async () => {
    const { packages, release, ...rest } = await scanInProcess(`dir:${path('root')}`);
    assert.deepEqual(
      packages.map(({ name }) => name),
      ['base-files', 'libssl3', 'plain'],
    );
    assert.deepEqual(packages[2]?.locations, [{ path: 'app/package.json', cataloger: 'npm' }]);
    assert.equal(release?.versionId, '12');
    assert.ok(!('image' in rest));
  });

  test('with nothing in it says so', async () => {
    mkdirSync(path('empty'));
    const { stdout, code } = await tallyman(['scan', 'dir:empty'], { cwd: folder });
    assert.equal(code, 0);
    assert.match(stdout, /^dir:empty\n[^]*\nNo packages were found\.\n$/);
  });
});

suite('bills of materials', () => {
  for (const [format, assertFits] of [
    ['cyclonedx', schemas.assertCycloneDx],
    ['spdx', schemas.assertSpdx],
  ] as const) {
    test(`${format}: follows the published schema and has every package`, async () => {
      const args = ['scan', `oci-archive:${path('oci.tar')}`, '--format', format];
      const { stdout } = await tallyman(args);
      assertFits(JSON.parse(stdout));
      for (const purl of CATALOGED_PURLS) assert.ok(stdout.includes(`"${purl}"`), purl);
      const again = await tallyman(args);
      assert.notEqual(again.stdout, stdout);
      assert.equal(timeless(again.stdout), timeless(stdout));
    });

    test(`${format}: of a folder too`, async () => {
      const args = ['scan', `dir:${path('root')}`, '--format', format];
      assertFits(JSON.parse((await tallyman(args)).stdout));
    });

    test(`${format}: is the same byte for byte with SOURCE_DATE_EPOCH`, async () => {
      const args = ['scan', `oci-archive:${path('oci.tar')}`, '--format', format];
      const env = { SOURCE_DATE_EPOCH: '1700000000' };
      const { stdout } = await tallyman(args, { env });
      assert.match(stdout, /"2023-11-14T22:13:20Z"/);
      assert.equal((await tallyman(args, { env })).stdout, stdout);
    });
  }

  /** Without the document's time and number. */
  function timeless(text: string): string {
    return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:]+Z/g, '');
  }
});

suite('the output of scan', () => {
  test('goes into a file, and then standard output is empty', async () => {
    const args = ['scan', `dir:${path('root')}`, '--format', 'json', '--output', path('report.json')];
    assert.deepEqual(await tallyman(args), { code: 0, signal: null, stdout: '', stderr: '' });
    const { packages } = JSON.parse(readFileSync(path('report.json'), 'utf8')) as ScanReport;
    assert.equal(packages.length, 3);
    assert.equal(statSync(path('report.json')).mode & 0o777, 0o644);
  });

  test('is refused before any work where it cannot be written', async () => {
    const args = ['scan', 'dir:/nowhere', '--output', path('nowhere/x')];
    await assertFails(args, 3, /cannot write .*its folder does not exist/);
  });

  test('that nobody reads to its end is no failure', async () => {
    const child = startTallyman(['scan', `dir:${path('root')}`, '--format', 'json']);
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.deepEqual([code, stderr], [0, '']);
  });

  test('that finds no room is one', async () => {
    const command = '"$0" scan "$1" >/dev/full';
    const run = spawnSync('sh', ['-c', command, TALLYMAN, `dir:${path('root')}`], { encoding: 'utf8' });
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
    await assertFails(['scan', `dir:${path('nowhere')}`], 3, /nowhere: no such file or directory/);
    for (const kind of ['docker-archive', 'oci-archive', 'oci-layout']) {
      await assert.rejects(scanInProcess(`${kind}:${path('nowhere')}`), hasExitCode(3), kind);
    }
  });

  test('what is no archive, or one of another kind, is told', async () => {
    writeFileSync(path('text'), 'this is no archive');
    writeFileSync(path('nothing'), '');
    await assertFails(['scan', `docker-archive:${path('text')}`], 3, /text: no image archive/);
    for (const kind of ['docker-archive', 'oci-archive']) {
      for (const name of ['text', 'nothing', 'root']) {
        await assert.rejects(scanInProcess(`${kind}:${path(name)}`), hasExitCode(3), `${kind}:${name}`);
      }
    }
    await assert.rejects(scanInProcess(`oci-layout:${path('root')}`), /not an OCI image: no index\.json/);
    await assert.rejects(scanInProcess(`docker-archive:${path('oci.tar')}`), /say oci-archive: instead/);
  });

  test('an archive whose layers are not what they promise is refused', async () => {
    const bytes = readFileSync(path('docker.tar'));
    bytes[bytes.indexOf('Package: libssl3') + 9] = 'L'.charCodeAt(0);
    writeFileSync(path('forged.tar'), bytes);
    await assertFails(['scan', `docker-archive:${path('forged.tar')}`], 1, /diff ID/);
  });

  test('what this user may not read is denied', { skip: needsOtherUser() }, async () => {
    writeFileSync(path('secret.tar'), readFileSync(path('docker.tar')), { mode: 0o600 });
    mkdirSync(path('secret'), { mode: 0o700 });
    const nobody = { uid: NOBODY, cwd: '/' };
    await assertFails(['scan', `docker-archive:${path('secret.tar')}`], 4, /permission denied/, nobody);
    await assertFails(['scan', `dir:${path('secret')}`], 4, /permission denied/, nobody);
    const args = ['scan', `dir:${path('root')}`, '--output', path('root/x')];
    await assertFails(args, 4, /cannot write .*permission denied/, nobody);
  });

  test(
    'of a folder with a closed part the rest is read, and the part named',
    { skip: needsOtherUser() },
    async () => {
      writeTree(path('partly'), [
        { path: 'package.json', content: '{"name":"open","version":"1.0.0"}' },
        { path: 'closed', type: 'directory' },
        { path: 'closed/package.json', content: '{"name":"closed","version":"1.0.0"}' },
      ]);
      chmodSync(path('partly/closed'), 0o700);
      const args = ['scan', `dir:${path('partly')}`, '--format', 'json'];
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
      const args = ['scan', `${kind}:redis:7`, '--address', path('none.sock')];
      await assertFails(args, 5, new RegExp(`there is no ${kind} socket at .*none\\.sock`, 'i'));
    }
  });

  test('an engine that this user may not use is denied', { skip: needsOtherUser() }, async () => {
    const server = createServer().listen(path('closed.sock'));
    await once(server, 'listening');
    chmodSync(path('closed.sock'), 0o600);
    try {
      for (const kind of ['containerd', 'docker']) {
        const args = ['scan', `${kind}:redis:7`, '--address', path('closed.sock')];
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
