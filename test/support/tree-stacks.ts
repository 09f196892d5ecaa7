import fc from 'fast-check';
import { jar } from './jar.ts';
import type { Operation } from './tree-operations.ts';

/** Folders that packages and links are put into. Few, so that layers get in each other's way. */
const FOLDERS = [
  'app',
  'app/sub',
  'usr/lib',
  'lib',
  'usr/lib64',
  'lib64',
  'usr/local/lib',
  'opt',
  'opt/new\nline\tü',
];
const NAMES = ['x', 'y', 'z'];
const VERSIONS = ['1.0.0', '2.0.0'];
/** What is removed, replaced, linked, renamed and so on. */
const PLACES = [
  ...FOLDERS,
  ...['usr', 'usr/local', 'var', 'var/lib', 'var/lib/dpkg', 'var/lib/dpkg/status', 'var/lib/dpkg/info'],
  ...['var/lib/dpkg/status.d', 'var/lib/dpkg/status.d/x', 'lib/apk', 'lib/apk/db', 'usr/lib/apk'],
  ...['var/lib/pacman', 'var/lib/pacman/local', 'var/lib/pacman/local/x-1.0.0-1'],
  ...['var/lib/pacman/local/x-1.0.0-1/desc', 'var/lib/pacman/local/x-1.0.0-1/files'],
  ...['lib/apk/db/installed', 'usr/lib/apk/db/installed', 'etc', 'etc/os-release', 'usr/lib/os-release'],
  ...FOLDERS.map((folder) => `${folder}/node_modules`),
  ...FOLDERS.map((folder) => `${folder}/node_modules/x`),
  ...FOLDERS.map((folder) => `${folder}/node_modules/x/package.json`),
  ...FOLDERS.map((folder) => `${folder}/site-packages`),
  ...FOLDERS.map((folder) => `${folder}/specifications`),
  ...FOLDERS.map((folder) => `${folder}/x.jar`),
];

const folder = fc.constantFrom(...FOLDERS);
const place = fc.constantFrom(...PLACES);
const packageName = fc.constantFrom(...NAMES);
const version = fc.constantFrom(...VERSIONS);
const identities = fc.uniqueArray(fc.record({ name: packageName, version }), {
  selector: ({ name }) => name,
});

/** Files of the tree that a package says are its own, by whichever of their names. */
const claimedFiles = fc.subarray(
  FOLDERS.flatMap((below) =>
    NAMES.flatMap((name) => [`${below}/node_modules/${name}/package.json`, `${below}/${name}.jar`]),
  ),
);

function write(path: string, content: string | Uint8Array): Operation {
  return { do: 'write', path, content };
}

const npm = fc
  .record({ below: folder, name: packageName, version })
  .map(({ below, ...one }) => write(`${below}/node_modules/${one.name}/package.json`, JSON.stringify(one)));

const brokenNpm = fc
  .record({ below: folder, name: packageName, content: fc.constantFrom('', '{}', '{"name":') })
  .map(({ below, name, content }) => write(`${below}/node_modules/${name}/package.json`, content));

const python = fc
  .record({ below: folder, name: packageName, version, file: fc.constantFrom('METADATA', 'RECORD') })
  .map(({ below, name, version: number, file }) =>
    write(
      `${below}/site-packages/${name}-${number}.dist-info/${file}`,
      file === 'RECORD' ? `${name}/__init__.py,,\n` : `Name: ${name}\nVersion: ${number}\n\n`,
    ),
  );

const gem = fc
  .record({ below: folder, name: packageName, version })
  .map(({ below, name, version: number }) =>
    write(
      `${below}/specifications/${name}-${number}.gemspec`,
      `# stub: ${name} ${number} ruby lib\nGem::Specification.new do |s|\n  s.name = "${name}"\n  s.version = "${number}"\nend\n`,
    ),
  );

const javaArchive = fc
  .record({ below: folder, name: packageName, version })
  .map(({ below, name, version: number }) =>
    write(`${below}/${name}.jar`, jar({ described: [{ group: 'g', artifact: name, version: number }] })),
  );

const dpkgStatus = identities.map((packages) =>
  write('var/lib/dpkg/status', packages.map((one) => paragraph(one, true)).join('\n')),
);

const dpkgParagraph = fc
  .record({ name: packageName, version })
  .map((one) => write(`var/lib/dpkg/status.d/${one.name}`, paragraph(one, false)));

const dpkgList = fc
  .record({ name: packageName, files: claimedFiles })
  .map(({ name, files }) =>
    write(`var/lib/dpkg/info/${name}.list`, `/.\n${files.map((file) => `/${file}\n`).join('')}`),
  );

const apk = fc
  .record({ below: fc.constantFrom('lib', 'usr/lib'), packages: identities, files: claimedFiles })
  .map(({ below, packages, files }) =>
    write(
      `${below}/apk/db/installed`,
      packages
        .map((one, at) => `P:${one.name}\nV:${one.version}\n${at === 0 ? files.map(apkFile).join('') : ''}`)
        .join('\n'),
    ),
  );

const pacmanDescription = fc
  .record({ name: packageName, version })
  .map((one) => write(`${pacmanFolder(one)}/desc`, `%NAME%\n${one.name}\n\n%VERSION%\n${one.version}-1\n`));

const pacmanFiles = fc
  .record({ name: packageName, version, files: claimedFiles })
  .map(({ files, ...one }) => write(`${pacmanFolder(one)}/files`, `%FILES%\n${files.join('\n')}\n`));

const release = fc
  .record({ path: fc.constantFrom('etc/os-release', 'usr/lib/os-release'), id: fc.constantFrom('a', 'b') })
  .map(({ path, id }) => write(path, `ID=${id}\nVERSION_ID=1\n`));

const plainFile = place.map((path) => write(path, 'plain'));

const symlink = fc
  .record({ path: place, to: fc.oneof(folder, place), style: fc.constantFrom('absolute', 'relative', 'odd') })
  .map(({ path, to, style }): Operation => {
    const up = '../'.repeat(path.split('/').length - 1);
    const target =
      style === 'absolute' ? `/${to}` : style === 'relative' ? up + to : `${up}../usr/../${to}/.`;
    return { do: 'symlink', path, target };
  });

/** One step, writing packages about as often as all else. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: npm },
  { weight: 1, arbitrary: brokenNpm },
  { weight: 2, arbitrary: python },
  { weight: 2, arbitrary: gem },
  { weight: 2, arbitrary: javaArchive },
  { weight: 3, arbitrary: dpkgStatus },
  { weight: 2, arbitrary: dpkgParagraph },
  { weight: 3, arbitrary: dpkgList },
  { weight: 3, arbitrary: apk },
  { weight: 3, arbitrary: pacmanDescription },
  { weight: 2, arbitrary: pacmanFiles },
  { weight: 1, arbitrary: release },
  { weight: 1, arbitrary: plainFile },
  { weight: 3, arbitrary: symlink },
  { weight: 3, arbitrary: place.map((path): Operation => ({ do: 'remove', path })) },
  { weight: 3, arbitrary: place.map((path): Operation => ({ do: 'recreate', path })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename'), path: place, from: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hardlink'), path: place, from: place }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('chmod'), path: place, mode: fc.constantFrom(0o700, 0o755) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge'), path: folder, into: folder }) },
);

/** The steps of each layer, base first. */
export const stack: fc.Arbitrary<readonly (readonly Operation[])[]> = fc.array(
  fc.array(operation, { maxLength: 8 }),
  { minLength: 2, maxLength: 6 },
);

interface Identity {
  readonly name: string;
  readonly version: string;
}

function paragraph({ name, version: number }: Identity, hasStatus: boolean): string {
  const status = hasStatus ? 'Status: install ok installed\n' : '';
  return `Package: ${name}\n${status}Architecture: amd64\nVersion: ${number}\n`;
}

function apkFile(path: string): string {
  const slash = path.lastIndexOf('/');
  return `F:${path.slice(0, slash)}\nR:${path.slice(slash + 1)}\n`;
}

function pacmanFolder({ name, version: number }: Identity): string {
  return `var/lib/pacman/local/${name}-${number}-1`;
}
