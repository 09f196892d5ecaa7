import { command } from '../support/workplace.ts';

/** A Debian package of this machine. */
export interface OwnPackage {
  readonly name: string;
  readonly epoch?: number;
  readonly upstream: string;
  /** Absent of packages that are Debian's alone. */
  readonly revision?: string;
  readonly architecture: string;
}

/** Real names and versions by the hundred, for other ecosystems' tools to make packages of. */
export async function ownPackages(): Promise<readonly OwnPackage[]> {
  const format = '${Package} ${Version} ${Architecture}\n';
  const lines = (await command('dpkg-query', ['--show', '--showformat', format])).split('\n');
  const byName = new Map(lines.map((line) => [line.split(' ')[0], line]));
  return [...byName.values()].map((line) => {
    const [name = '', version = '', architecture = ''] = line.split(' ');
    const [, epoch, rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
    const [, upstream = rest, revision] = /^(.*)-([^-]*)$/.exec(rest) ?? [];
    return {
      name,
      upstream,
      architecture,
      ...(epoch !== undefined && { epoch: Number(epoch) }),
      ...(revision !== undefined && { revision }),
    };
  });
}
