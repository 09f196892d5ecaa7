import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packagesIn, write } from '../support/arrangements.ts';
import { assembly } from '../support/assembly.ts';
import { needsCommands } from '../support/requirements.ts';

async function inLayers(run: (layer: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-joins-'));
  try {
    await run((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each package of a type in each of its places. */
async function told(type: string, ...layers: readonly string[]): Promise<readonly string[]> {
  return (await packagesIn(layers))
    .filter((one) => one.type === type)
    .flatMap(({ name, version, locations }) => locations.map(({ path }) => `${name} ${version} at ${path}`));
}

const STORE = 'nix/store/0123456789abcdfghijklmnpqrsvwxyz-bash-5.2.15';
const PURL = { referenceType: 'purl', referenceLocator: 'pkg:bitnami/bash@5.2.15' };
const SPDX = {
  spdxVersion: 'SPDX-2.3',
  packages: [
    {
      SPDXID: 'SPDXRef-Package-bash',
      name: 'bash',
      versionInfo: '5.2.15',
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', ...PURL }],
    },
  ],
};

test(
  'a program that conda, Nix or Bitnami installed is no second package',
  { skip: needsCommands('bash') },
  () =>
    inLayers(async (layer) => {
      const [base, top] = [layer('base'), layer('top')];
      for (const place of ['opt/conda/bin', `${STORE}/bin`, 'opt/bitnami/bash/bin', 'usr/local/bin']) {
        mkdirSync(join(base, place), { recursive: true });
        cpSync('/bin/bash', join(base, place, 'bash'), { dereference: true });
      }
      const conda = { name: 'bash', version: '5.2.15', files: ['bin/bash'] };
      const record = 'opt/conda/conda-meta/bash-5.2.15-0.json';
      write(join(base, record), JSON.stringify(conda));
      write(join(base, 'opt/bitnami/bash/.spdx-bash.spdx'), JSON.stringify(SPDX));
      const guessed = async (layers: readonly string[]): Promise<readonly string[]> =>
        (await packagesIn(layers))
          .filter(({ type, name }) => type === 'generic' && name === 'bash')
          .flatMap(({ locations }) => locations.map(({ path }) => path));

      const types = (await packagesIn([base])).filter(({ name }) => name === 'bash').map(({ type }) => type);
      assert.deepEqual(types.toSorted(), ['bitnami', 'conda', 'generic', 'nix']);
      assert.deepEqual(await guessed([base]), ['usr/local/bin/bash']);

      write(join(top, record), '{}');
      assert.deepEqual(await guessed([base, top]), ['opt/conda/bin/bash', 'usr/local/bin/bash']);
    }),
);

test("libraries that a .NET program's list names are the list's packages, whatever layers they are in", () =>
  inLayers(async (layer) => {
    const [libraries, list] = [layer('libraries'), layer('list')];
    const [again, unlisted] = [layer('again'), layer('unlisted')];
    const file = (version: string): Buffer =>
      assembly({ OriginalFilename: 'Full.dll', ProductVersion: version, CompanyName: 'A' });
    write(join(libraries, 'app/Full.dll'), file('2.3.4'));
    write(join(libraries, 'other/Full.dll'), file('2.3.4'));
    const targets = { t: { 'Example.Full/9.0.0': { runtime: { 'lib/net8.0/Full.dll': {} } } } };
    write(
      join(list, 'app/Shop.deps.json'),
      JSON.stringify({
        runtimeTarget: { name: 't' },
        targets,
        libraries: { 'Example.Full/9.0.0': { type: 'package' } },
      }),
    );
    write(join(again, 'app/Full.dll'), file('2.3.5'));
    write(join(unlisted, 'app/Shop.deps.json'), '{}');

    const elsewhere = 'Full 2.3.4 at other/Full.dll';
    const listed = 'Example.Full 9.0.0 at app/Shop.deps.json';
    assert.deepEqual(await told('nuget', libraries), ['Full 2.3.4 at app/Full.dll', elsewhere]);
    assert.deepEqual(await told('nuget', libraries, list), [listed, elsewhere]);
    assert.deepEqual(await told('nuget', list, libraries), [listed, elsewhere]);
    assert.deepEqual(await told('nuget', libraries, list, again), [listed, elsewhere]);
    assert.deepEqual(await told('nuget', libraries, list, again, unlisted), [
      elsewhere,
      'Full 2.3.5 at app/Full.dll',
    ]);
  }));

test('what Maven left of an unpacked archive is a package, also when its pom.xml comes in another layer', () =>
  inLayers(async (layer) => {
    const [properties, model] = [layer('properties'), layer('model')];
    const place = 'srv/app/META-INF/maven/org.example/shop';
    write(join(properties, place, 'pom.properties'), 'groupId=org.example\nartifactId=shop\nversion=1.0.0\n');
    write(
      join(model, place, 'pom.xml'),
      '<project><groupId>org.example</groupId><artifactId>shop</artifactId><version>1.0.0</version></project>',
    );
    const shop = `shop 1.0.0 at ${place}/pom.properties`;
    assert.deepEqual(await told('maven', properties), [shop]);
    assert.deepEqual(await told('maven', properties, model), [shop]);
    assert.deepEqual(await told('maven', model, properties), [shop]);
  }));
