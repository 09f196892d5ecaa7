import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePurl } from '../../core/purl.ts';
import { scanInProcess } from '../../test/support/scan-in-process.ts';
import { trivy, type Trivy } from '../support/trivy.ts';
import type { Workplace } from '../support/workplace.ts';

/** A package of a tree, by whichever program told of it. */
export interface Listed {
  /** Of its purl; `none` where trivy does not know the distribution. */
  readonly type: string;
  /** As in `PackageRecord`, of packages that have one themselves; never a distribution's. */
  readonly namespace?: string;
  readonly name: string;
  /** As in `PackageRecord`: deb with epoch, rpm without. */
  readonly version: string;
  readonly epoch?: number;
  readonly architecture?: string;
  readonly source?: { readonly name: string; readonly version?: string };
  readonly flags: readonly string[];
  /** Files it was found in, below the tree, when told. */
  readonly paths: readonly string[];
}

/** One tree's packages by program. */
export interface Listings {
  readonly ours: readonly Listed[];
  /** Absent where trivy cannot be had, or was not asked. */
  readonly trivy?: readonly Listed[];
}

export interface ListingOptions {
  /** False where it does not know the ecosystem; true when absent. */
  readonly withTrivy?: boolean;
}

interface Component {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** One for all trees of a run: getting it takes a minute. */
const programs = new WeakMap<Workplace, Promise<Trivy>>();

/** Catalogs a tree as `tallyman scan dir:` does, and by trivy. */
export async function listTree(
  place: Workplace,
  folder: string,
  { withTrivy = true }: ListingOptions = {},
): Promise<Listings> {
  const ours = await ourListing(folder);
  return withTrivy ? { ours, trivy: await trivyListing(place, folder) } : { ours };
}

async function ourListing(folder: string): Promise<Listed[]> {
  const { packages, problems } = await scanInProcess(`dir:${folder}`);
  for (const { path, message } of problems) console.error(`tallyman: ${path}: ${message}`);
  return packages.map(({ locations, flags = [], ...one }) => ({
    ...one,
    flags,
    paths: locations.map(({ path }) => path),
  }));
}

async function trivyListing(place: Workplace, folder: string): Promise<Listed[]> {
  const output = join(place.folder, 'trivy-listing.json');
  await (await trivyOf(place)).fromTree(folder, output);
  const { components = [] } = JSON.parse(readFileSync(output, 'utf8')) as {
    readonly components?: readonly Component[];
  };
  return components.filter(({ purl }) => purl !== undefined).map(listed);
}

function trivyOf(place: Workplace): Promise<Trivy> {
  let program = programs.get(place);
  if (program === undefined) programs.set(place, (program = trivy(place)));
  return program;
}

export async function trivyVersion(place: Workplace): Promise<string> {
  return (await trivyOf(place)).version;
}

/** Trivy's words in ours: it has a package's epoch as a qualifier, whatever the type, and a source in properties. */
function listed({ name, version = '', purl = '', properties = [] }: Component): Listed {
  const property = (key: string): string | undefined =>
    properties.find((one) => one.name === `aquasecurity:trivy:${key}`)?.value;
  const { type, namespace, qualifiers } = parsePurl(purl);
  const { epoch, arch } = qualifiers;
  const source = property('SrcName');
  const sourceVersion = joined(property('SrcEpoch'), property('SrcVersion'), property('SrcRelease'));
  const path = property('FilePath');
  return {
    type,
    ...(source === undefined && namespace !== undefined && { namespace }),
    name,
    version: epoch === undefined || type === 'rpm' ? version : `${epoch}:${version}`,
    ...(epoch !== undefined && { epoch: Number(epoch) }),
    ...(arch !== undefined && { architecture: arch }),
    ...(source !== undefined && {
      source: { name: source, ...(sourceVersion !== undefined && { version: sourceVersion }) },
    }),
    flags: [],
    paths: path === undefined ? [] : [path],
  };
}

function joined(
  epoch: string | undefined,
  version: string | undefined,
  release: string | undefined,
): string | undefined {
  if (version === undefined) return undefined;
  return `${epoch === undefined ? '' : `${epoch}:`}${version}${release === undefined ? '' : `-${release}`}`;
}
