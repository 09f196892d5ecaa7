import type { PackageRecord } from '../../../core/facts.ts';
import { PACKAGE_TYPES } from '../../../core/package-types.ts';
import { parsePurl, PurlError, type Purl } from '../../../core/purl.ts';
import { fullName } from '../../../core/sbom/dependencies.ts';
import { filled } from '../package-database/optional.ts';
import { present, type Present } from '../package-database/present.ts';
import type { SbomComponent, SbomDocument } from './document.ts';

/** Their namespace is a distribution's, and some qualifiers mean what a record has a field for. */
const OF_DISTRIBUTION: ReadonlySet<string> = new Set(['alpm', 'apk', 'deb', 'opkg', 'rpm']);
const FIELDS_OF_DISTRIBUTION: ReadonlySet<string> = new Set(['distro', 'epoch', 'upstream']);

type DistributionFields = Pick<PackageRecord, 'distribution' | 'epoch' | 'source'>;

/** The packages of an SBOM whose purls are of a type that is known here, each once. */
export function recordsOf({ components, dependencies }: SbomDocument): readonly PackageRecord[] {
  const known = components.flatMap((component) => {
    const record = recordOf(component);
    return record === undefined ? [] : [{ component, record }];
  });
  const names = new Map(known.map(({ component, record }) => [component.ref, fullName(record)]));
  const needed = new Map<string, Set<string>>();
  for (const [from, to] of dependencies) {
    const name = names.get(to);
    if (name === undefined || from === to) continue;
    const list = needed.get(from);
    if (list === undefined) needed.set(from, new Set([name]));
    else list.add(name);
  }
  const seen = new Set<string>();
  return known.flatMap(({ component: { purl, ref }, record }) => {
    if (seen.has(purl)) return [];
    seen.add(purl);
    const list = ref === '' ? undefined : needed.get(ref);
    return [list === undefined ? record : { ...record, dependencies: [...list] }];
  });
}

function recordOf({ purl: text, licenses, isSubject }: SbomComponent): PackageRecord | undefined {
  const purl = parsed(text);
  const type = PACKAGE_TYPES.find((one) => one === purl?.type);
  if (purl === undefined || type === undefined) return undefined;
  const { namespace, name, version = '' } = purl;
  const ofDistribution = OF_DISTRIBUTION.has(type);
  return {
    type,
    name,
    version,
    ...present({
      namespace: ofDistribution ? undefined : namespace,
      architecture: purl.qualifiers['arch'],
      licenses: filled(licenses),
      role: isSubject ? ('application' as const) : undefined,
      qualifiers: otherQualifiers(purl, ofDistribution),
    }),
    ...(ofDistribution && distributionFields(purl)),
  };
}

/** Purls are written by many tools; one that is none says nothing. */
function parsed(text: string): Purl | undefined {
  try {
    return parsePurl(text);
  } catch (error) {
    if (error instanceof PurlError) return undefined;
    throw error;
  }
}

/** `distro` is id and version, as purls of all makers have it; without one the namespace names the distribution. */
function distributionFields({ namespace, qualifiers }: Purl): Present<DistributionFields> {
  const { distro = '', epoch = '', upstream = '' } = qualifiers;
  const { id = namespace, version } = idAndVersion(distro);
  const [, source = '', sourceVersion] = /^([^@]*)(?:@(.*))?$/.exec(upstream) ?? [];
  return present({
    distribution: id === undefined ? undefined : { id, ...present({ version }) },
    epoch: /^\d{1,9}$/.test(epoch) ? Number(epoch) : undefined,
    source: source === '' ? undefined : { name: source, ...present({ version: sourceVersion }) },
  });
}

/** `debian-12`, `opensuse-leap-15.6`: the version begins at the first dash that a digit follows. */
function idAndVersion(distro: string): { readonly id?: string; readonly version?: string } {
  const dash = distro.slice(1).search(/-\d/) + 1;
  return dash === 0 ? {} : { id: distro.slice(0, dash), version: distro.slice(dash + 1) };
}

function otherQualifiers(
  { qualifiers }: Purl,
  ofDistribution: boolean,
): Readonly<Record<string, string>> | undefined {
  const others = Object.entries(qualifiers).filter(
    ([key]) => key !== 'arch' && !(ofDistribution && FIELDS_OF_DISTRIBUTION.has(key)),
  );
  return others.length === 0 ? undefined : Object.fromEntries(others);
}
