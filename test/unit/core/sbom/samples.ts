import type { Package } from '../../../../core/composition.ts';
import { purlOf } from '../../../../core/purl.ts';
import type { PackageRecord } from '../../../../core/facts.ts';
import type { SbomMaker, SbomSubject } from '../../../../core/sbom/subject.ts';

export const maker: SbomMaker = {
  toolVersion: '1.2.3',
  created: '2026-01-02T03:04:05Z',
  uuid: '3e671687-395b-41f5-a30f-a58921a69b79',
};

const release = {
  id: 'debian',
  idLike: [],
  versionId: '12',
  prettyName: 'Debian GNU/Linux 12 (bookworm)',
  cpeName: 'cpe:/o:debian:debian_linux:12',
};

export function packageOf(record: PackageRecord, path = 'var/lib/dpkg/status'): Package {
  const location = { path, layer: 0, introducedBy: 0, cataloger: 'dpkg' };
  return { ...record, purl: purlOf(record, release), locations: [location] };
}

export function subjectOf(packages: readonly Package[], more: Partial<SbomSubject> = {}): SbomSubject {
  return {
    name: 'docker.io/library/app:1',
    imageId: `sha256:${'a'.repeat(64)}`,
    manifestDigest: `sha256:${'b'.repeat(64)}`,
    os: 'linux',
    architecture: 'amd64',
    diffIds: [`sha256:${'c'.repeat(64)}`, `sha256:${'d'.repeat(64)}`],
    release,
    packages,
    ...more,
  };
}
