import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { buildIndex, dockerArchive, ociArchive } from '../../cli/demo/oci-image.ts';
import type { ScanReport } from '../../cli/scan/report.ts';
import { CATALOGED_PURLS } from '../support/cataloged-image.ts';
import { assertFails, tallyman } from '../support/cli.ts';
import { sbomSchemas } from '../support/sbom-schemas.ts';
import { scanDocumentInProcess, scanInProcess } from '../support/scan-in-process.ts';
import { makeScanPlaces, ROOT_PACKAGES, type ScanPlaces } from '../support/scan-places.ts';
import { smallImage } from '../support/small-images.ts';

const schemas = sbomSchemas();
let places: ScanPlaces;

before(() => {
  places = makeScanPlaces();
});
after(() => places.remove());

suite('scan of archives', () => {
  for (const [kind, name] of [
    ['docker-archive', 'docker.tar'],
    ['oci-archive', 'oci.tar'],
    ['oci-layout', 'layout'],
  ] as const) {
    test(`${kind}: gives the packages of the merged image, and where they come from`, async () => {
      const run = await tallyman(['scan', `${kind}:${places.path(name)}`, '--format', 'json']);
      assert.deepEqual([run.code, run.stderr], [0, '']);
      const { image: found, packages, release, problems } = JSON.parse(run.stdout) as ScanReport;
      assert.deepEqual(
        packages.map(({ purl }) => purl),
        CATALOGED_PURLS,
      );
      assert.equal(found?.imageId, places.image.imageId);
      assert.deepEqual(found.diffIds, places.image.diffIds);
      assert.deepEqual(found.names, [places.name]);
      assert.equal(release?.prettyName, 'Debian GNU/Linux 12 (bookworm)');
      assert.deepEqual(packages.find((one) => one.name === 'libssl3')?.locations, [
        {
          path: 'var/lib/dpkg/status',
          layer: places.image.diffIds[2],
          introducedBy: places.image.diffIds[0],
          cataloger: 'dpkg',
        },
      ]);
      assert.deepEqual(
        problems.map(({ path: place, layer, cataloger, kind: how }) => [place, layer, cataloger, how]),
        [['srv/app/node_modules/broken/package.json', places.image.diffIds[2], 'npm', 'unread']],
      );
    });
  }

  test('of an image for several platforms, the one asked for', async () => {
    const arm = smallImage([[{ path: 'package.json', content: '{"name":"arm","version":"1.0.0"}' }]], {
      architecture: 'arm64',
      variant: 'v8',
    });
    writeFileSync(
      places.path('both.tar'),
      ociArchive([{ image: buildIndex([places.image, arm]), names: [places.name] }]),
    );
    const target = `oci-archive:${places.path('both.tar')}`;
    const platform = { os: 'linux', architecture: 'arm64' };
    assert.equal((await scanInProcess(target, { platform })).image?.imageId, arm.imageId);
    const amd = await scanInProcess(target, { platform: { os: 'linux', architecture: 'amd64' } });
    assert.equal(amd.image?.imageId, places.image.imageId);
    await assertFails(['scan', target, '--platform', 'linux/s390x'], 3, /linux\/s390x/);
  });

  test('of an archive of one platform, no other', async () => {
    const other = scanInProcess(`docker-archive:${places.path('docker.tar')}`, {
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
      { image: places.image, names: ['app:1'] },
      { image: other, names: ['other:1', 'other:2'] },
    ];
    writeFileSync(places.path('two.tar'), dockerArchive(images));
    const target = `docker-archive:${places.path('two.tar')}`;
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
    const { packages, release, ...rest } = await scanInProcess(`dir:${places.path('root')}`);
    assert.deepEqual(
      packages.map(({ name }) => name),
      ROOT_PACKAGES,
    );
    assert.deepEqual(packages[2]?.locations, [{ path: 'app/package.json', cataloger: 'npm' }]);
    assert.equal(release?.versionId, '12');
    assert.ok(!('image' in rest));
  });

  test('with nothing in it says so', async () => {
    mkdirSync(places.path('empty'));
    const { stdout, code } = await tallyman(['scan', 'dir:empty'], { cwd: places.folder });
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
      const { stdout } = await tallyman([
        'scan',
        `oci-archive:${places.path('oci.tar')}`,
        '--format',
        format,
      ]);
      assertFits(JSON.parse(stdout));
      for (const purl of CATALOGED_PURLS) assert.ok(stdout.includes(`"${purl}"`), purl);
    });

    test(`${format}: of a folder too`, async () => {
      assertFits(JSON.parse(await scanDocumentInProcess(`dir:${places.path('root')}`, format)));
    });

    test(`${format}: is the same each time but for its time and number`, async () => {
      const target = `oci-archive:${places.path('oci.tar')}`;
      const [one, other] = [
        await scanDocumentInProcess(target, format),
        await scanDocumentInProcess(target, format),
      ];
      assert.notEqual(one, other);
      assert.equal(timeless(one), timeless(other));
    });

    test(`${format}: is the same byte for byte with SOURCE_DATE_EPOCH`, async () => {
      const args = ['scan', `oci-archive:${places.path('oci.tar')}`, '--format', format];
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
