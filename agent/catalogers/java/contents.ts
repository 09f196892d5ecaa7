import { readBeginning, readEntry } from '../zip/content.ts';
import { directoryEntries, type DirectoryEntry, type EntryName, type ZipEntry } from '../zip/entries.ts';
import type { ZipArchive } from '../zip/archive.ts';
import type { ReadingBudget } from './budget.ts';
import { hasMainSection, NO_MANIFEST, parseManifest, type Manifest } from './manifest.ts';
import { ARCHIVE_SUFFIXES, descriptorPlace, isArchive, type DescriptorPlace } from './place.ts';
import { readPomProperties, type Coordinates } from './pom-properties.ts';
import { readPomXml, type PomModel } from './pom-xml.ts';

/** Real ones take a few hundred bytes, and at most some hundred KB. */
const MAX_PROPERTIES_BYTES = 64 << 10;
const MAX_XML_BYTES = 1 << 20;
/** Manifests of signed archives go on with digests of all files, of which nothing is needed. */
const FIRST_MANIFEST = { rawBytes: 32 << 10, maxBytes: 4 << 20 };
const WHOLE_MANIFEST = { rawBytes: 1 << 20, maxBytes: 16 << 20 };

const MAX_PACKAGES = 512;
const MAX_DESCRIPTORS = 5000;
/** One more than the budget opens, so that the budget says it. */
const MAX_NESTED = 10_001;

/** A package that Maven describes in an archive. */
export interface DescribedPackage {
  readonly coordinates: Coordinates;
  readonly model: PomModel | undefined;
}

/** What an archive says of itself and of what it was put together from. */
export interface ArchiveContents {
  readonly manifest: Manifest;
  readonly described: readonly DescribedPackage[];
  readonly nested: readonly ZipEntry[];
  /** Directories of classes, three names deep at most: `org/apache/commons`. */
  readonly packages: ReadonlySet<string>;
  readonly hasManifest: boolean;
  /** Laid out as a program with its libraries inside: those of Spring Boot, and web applications. */
  readonly isApplication: boolean;
}

interface Listing {
  manifest: ZipEntry | undefined;
  readonly descriptors: { readonly place: DescriptorPlace; readonly entry: ZipEntry }[];
  readonly nested: ZipEntry[];
  readonly packages: Set<string>;
  isApplication: boolean;
  /** Descriptions were left out. */
  isCut: boolean;
}

/** Reads what of an archive's directory and entries tells packages. Damaged entries are noted and passed over. */
export function readContents(archive: ZipArchive, budget: ReadingBudget): ArchiveContents {
  const listing = list(archive, budget);
  const manifest = listing.manifest;
  return {
    manifest: (manifest && attempt(budget, () => readManifest(archive, manifest, budget))) ?? NO_MANIFEST,
    hasManifest: manifest !== undefined,
    described: readDescriptors(archive, listing.descriptors, budget),
    nested: listing.nested,
    packages: listing.packages,
    isApplication: listing.isApplication,
  };
}

/** Runs what may fail for one entry; a failure is noted. */
function attempt<T>(budget: ReadingBudget, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    budget.note(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

const MANIFEST = bytesOf('META-INF/MANIFEST.MF');
const WEB_INF = bytesOf('WEB-INF/');
const BOOT_INF = bytesOf('BOOT-INF/');
const CLASS = bytesOf('.class');
const SLASH = 0x2f;
const PACKAGE_DEPTH = 3;
const DESCRIPTORS = ['/pom.properties', '/pom.xml'].map(bytesOf);
const ARCHIVES = ARCHIVE_SUFFIXES.map(bytesOf);

function list(archive: ZipArchive, budget: ReadingBudget): Listing {
  const listing: Listing = {
    manifest: undefined,
    descriptors: [],
    nested: [],
    packages: new Set(),
    isApplication: false,
    isCut: false,
  };
  const packageNames = packageCollector(listing.packages);
  for (const entry of directoryEntries(archive)) {
    if (!budget.countEntry()) {
      budget.note('only the first of too many names in archives were read');
      break;
    }
    const { name } = entry;
    if (endsWith(name, CLASS)) packageNames(name);
    else addEntry(listing, entry, budget);
    listing.isApplication ||= startsWith(name, WEB_INF) || startsWith(name, BOOT_INF);
  }
  return listing;
}

function addEntry(listing: Listing, entry: DirectoryEntry, budget: ReadingBudget): void {
  const { name } = entry;
  if (ARCHIVES.some((suffix) => endsWith(name, suffix))) {
    const decoded = entry.decode();
    if (isArchive(decoded.name) && listing.nested.length < MAX_NESTED) listing.nested.push(decoded);
  } else if (DESCRIPTORS.some((suffix) => endsWith(name, suffix))) {
    const decoded = entry.decode();
    const place = descriptorPlace(decoded.name);
    if (place !== undefined) addDescriptor(listing, { place, entry: decoded }, budget);
  } else if (listing.manifest === undefined && startsWith(name, MANIFEST)) {
    const decoded = entry.decode();
    if (decoded.name === 'META-INF/MANIFEST.MF') listing.manifest = decoded;
  }
}

function addDescriptor(
  listing: Listing,
  descriptor: Listing['descriptors'][number],
  budget: ReadingBudget,
): void {
  if (listing.descriptors.length < MAX_DESCRIPTORS) listing.descriptors.push(descriptor);
  else if (!listing.isCut) {
    listing.isCut = true;
    budget.note(`only the first ${MAX_DESCRIPTORS} descriptions in an archive were read`);
  }
}

/** Adds the directory of each class it is given. Classes of one directory mostly lie side by side. */
function packageCollector(packages: Set<string>): (className: EntryName) => void {
  let last = new Uint8Array(0);
  return (className) => {
    const { bytes, start } = className;
    const length = packageLength(className);
    if (length <= 0 || packages.size >= MAX_PACKAGES) return;
    if (length === last.length && holdsAt(bytes, start, last)) return;
    last = bytes.slice(start, start + length);
    packages.add(new TextDecoder().decode(last));
  };
}

/** Length of a name's first three directories, or of as many as there are. */
function packageLength({ bytes, start, end }: EntryName): number {
  let slashes = 0;
  let length = 0;
  for (let at = start; at < end && slashes < PACKAGE_DEPTH; at += 1) {
    if (bytes[at] !== SLASH) continue;
    slashes += 1;
    length = at - start;
  }
  return length;
}

function readManifest(archive: ZipArchive, entry: ZipEntry, budget: ReadingBudget): Manifest {
  const beginning = ({ rawBytes, maxBytes }: typeof FIRST_MANIFEST): string => {
    const raw = Math.min(rawBytes, entry.compressedSize);
    return decoded(budget, (inflatable) =>
      readBeginning(archive, entry, { rawBytes, maxBytes: Math.min(maxBytes, inflatable(raw)) }),
    );
  };
  const first = beginning(FIRST_MANIFEST);
  const isEnough = hasMainSection(first) || entry.compressedSize <= FIRST_MANIFEST.rawBytes;
  return parseManifest(isEnough ? first : beginning(WHOLE_MANIFEST));
}

/** The text of a small entry, paid from the budget. */
function decoded(
  budget: ReadingBudget,
  read: (inflatable: (compressed: number) => number) => Uint8Array,
): string {
  const bytes = read((compressed) => budget.inflatable(compressed));
  budget.hold(bytes.length);
  budget.release(bytes.length);
  return new TextDecoder().decode(bytes);
}

/** Properties and model of one directory describe one package; either will do. */
function readDescriptors(
  archive: ZipArchive,
  descriptors: Listing['descriptors'],
  budget: ReadingBudget,
): readonly DescribedPackage[] {
  const byDirectory = Map.groupBy(descriptors, ({ entry }) =>
    entry.name.slice(0, entry.name.lastIndexOf('/')),
  );
  return [...byDirectory.values()].flatMap((files) => {
    const text = (kind: DescriptorPlace['kind'], maxBytes: number): string | undefined => {
      const entry = files.find(({ place }) => place.kind === kind)?.entry;
      if (entry === undefined) return undefined;
      return attempt(budget, () =>
        decoded(budget, (inflatable) =>
          readEntry(archive, entry, Math.min(maxBytes, inflatable(entry.compressedSize))),
        ),
      );
    };
    const place = files[0]?.place;
    return place === undefined
      ? []
      : describedPackage(place, text('properties', MAX_PROPERTIES_BYTES), text('xml', MAX_XML_BYTES));
  });
}

/** The package of a directory `META-INF/maven/GROUP/ARTIFACT` with what its files hold. */
export function describedPackage(
  place: Pick<DescriptorPlace, 'group' | 'artifact'>,
  properties: string | undefined,
  xml: string | undefined,
): readonly DescribedPackage[] {
  const model = xml === undefined ? undefined : readPomXml(xml);
  const stated = properties === undefined ? undefined : readPomProperties(properties, place);
  const found = stated ?? model?.coordinates ?? readPomProperties('', place);
  if (found === undefined) return [];
  const version = found.version || (model?.coordinates?.version ?? '');
  return [{ coordinates: { ...found, version }, model }];
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function startsWith({ bytes, start, end }: EntryName, prefix: Uint8Array): boolean {
  return end - start >= prefix.length && holdsAt(bytes, start, prefix);
}

function endsWith({ bytes, start, end }: EntryName, suffix: Uint8Array): boolean {
  return end - start >= suffix.length && holdsAt(bytes, end - suffix.length, suffix);
}

/** A plain loop, for it runs some twenty times for every name. */
function holdsAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i += 1) if (bytes[start + i] !== part[i]) return false;
  return true;
}
