import { listedAs, testInLayers, type Kind } from '../support/arrangements.ts';

/** `$1` and `$2` of a path are name and version. */
function byPlace(pattern: RegExp): Kind['list'] {
  return listedAs((path) => {
    const [, name, version] = pattern.exec(path) ?? [];
    return name === undefined || version === undefined ? undefined : `${name}@${version}`;
  });
}

/** The first two groups are name and version in a text. */
function byText(pattern: RegExp): Kind['list'] {
  return listedAs((_, text) => {
    const [, name, version] = pattern.exec(text) ?? [];
    return name === undefined || version === undefined ? undefined : `${name}@${version}`;
  });
}

const UUID = 'ade2ca70-3891-5945-98fb-dc099432e06a';

/** Those of which no tool can be had here: files are written, and listed, as their formats say. */
const KINDS: readonly Kind[] = [
  {
    name: 'conda',
    cataloger: 'conda',
    folder: 'opt/envs',
    file: (name, version) => `conda-meta/${name}-${version}-0.json`,
    content: (name, version) => JSON.stringify({ name, version, build: '0', files: [`bin/${name}`] }),
    nothing: '{"build":"0"}',
    list: byText(/"name":"(\w+)","version":"([^"]+)"/),
  },
  {
    name: 'Homebrew',
    cataloger: 'homebrew',
    folder: 'home/linuxbrew',
    file: (name, version) => `Cellar/${name}/${version}/INSTALL_RECEIPT.json`,
    content: () => JSON.stringify({ source: { tap: 'homebrew/core' } }),
    list: byPlace(/\/Cellar\/(\w+)\/([^/]+)\/INSTALL_RECEIPT\.json$/),
  },
  {
    name: 'Bitnami',
    cataloger: 'bitnami',
    folder: 'opt/bitnami/stack',
    moved: 'opt/bitnami/moved',
    file: (name) => `${name}/.spdx-${name}.spdx`,
    content: (name, version) => {
      const referenceLocator = `pkg:bitnami/${name}@${version}`;
      const externalRefs = [
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator },
      ];
      const packages = [{ SPDXID: 'SPDXRef-Package', name, versionInfo: version, externalRefs }];
      return JSON.stringify({ spdxVersion: 'SPDX-2.3', packages });
    },
    nothing: '{"spdxVersion":"SPDX-2.3","packages":[]}',
    list: byText(/pkg:bitnami\/(\w+)@([^"]+)/),
  },
  {
    name: 'WordPress',
    cataloger: 'wordpress',
    folder: 'srv/sites',
    file: (name) => `wp-content/plugins/${name}/${name}.php`,
    content: (name, version) => `<?php\n/*\n * Plugin Name: ${name}\n * Version: ${version}\n */\n`,
    nothing: '<?php\n// Silence is golden.\n',
    list: byText(/Plugin Name: (\w+)\n \* Version: (\S+)/),
  },
  {
    name: 'opam',
    cataloger: 'opam',
    folder: 'home/opam',
    file: (name, version) => `.opam-switch/packages/${name}.${version}/opam`,
    content: () => 'opam-version: "2.0"\n',
    list: byPlace(/\.opam-switch\/packages\/(\w+)\.([^/]+)\/opam$/),
  },
  {
    name: 'Julia',
    cataloger: 'julia',
    folder: 'usr/share/julia',
    file: (name, version) => `packages/${name}/${version.replaceAll('.', 'x')}/Project.toml`,
    content: (name, version) => `name = "${name}"\nversion = "${version}"\nuuid = "${UUID}"\n`,
    nothing: 'name = "gamma"\n',
    list: byText(/name = "(\w+)"\nversion = "(.*)"/),
  },
  {
    name: 'Nim',
    cataloger: 'nim',
    folder: 'root/nimble',
    file: (name, version) => `pkgs2/${name}-${version}-${'0'.repeat(40)}/${name}.nimble`,
    content: (_, version) => `version = "${version}"\n`,
    list: byPlace(/\/pkgs2\/(\w+)-([^/]+)-0{40}\/\1\.nimble$/),
  },
  {
    name: "lists of .NET's programs",
    cataloger: 'dotnet',
    folder: 'srv/net',
    file: (name) => `${name}.deps.json`,
    content: (name, version) => {
      const id = `${name}/${version}`;
      const targets = { t: { [id]: { runtime: { [`${name}.dll`]: {} } } } };
      return JSON.stringify({
        runtimeTarget: { name: 't' },
        targets,
        libraries: { [id]: { type: 'package' } },
      });
    },
    nothing: '{"runtimeTarget":{"name":"t"},"targets":{"t":{}},"libraries":{}}',
    list: byText(/"libraries":\{"(\w+)\/([^"]+)"/),
  },
  {
    name: 'embedded SBOMs',
    cataloger: 'embedded-sbom',
    folder: 'srv/apps',
    file: (name) => `${name}.cdx.json`,
    content: (name, version) => {
      const components = [{ type: 'library', name, version, purl: `pkg:npm/${name}@${version}` }];
      return JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components });
    },
    nothing: '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}',
    list: byText(/pkg:npm\/(\w+)@([^"]+)/),
  },
];

await testInLayers(KINDS.map((kind) => [kind, false]));
