import { ConfigError } from '../../platform/config-error.ts';
import { environmentName, settingName, type Settings } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { TlsFiles, TlsSource } from '../../platform/tls.ts';
import { keepIdentity, type Identity } from './identity.ts';
import type { identitySettings } from './identity-settings.ts';

export interface IdentityParts {
  readonly node: string;
  /** Where key and certificate are kept. */
  readonly dir: string;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The certificates of the node, whoever looks after them. */
export interface NodeIdentity extends Pick<Identity, 'ready' | 'problem' | 'ended'> {
  readonly tls: TlsSource;
}

/**
 * With `enroll`: the agent gets and renews its certificate. Without: it is where the operator puts it.
 * Throws a ConfigError that names what is missing.
 */
export function openIdentity(
  settings: Settings<typeof identitySettings>,
  parts: IdentityParts,
  signal: AbortSignal,
): NodeIdentity {
  const { enroll: address, tlsCa, tlsCert, tlsKey, enrollCa, ...proofs } = settings;
  if (address === undefined) {
    const files = filesFrom({ tlsCa, tlsCert, tlsKey });
    const now = Promise.resolve();
    return { tls: { kind: 'mutual', files }, ready: () => now, problem: () => undefined, ended: now };
  }
  const enrollCaFile = enrollCa ?? tlsCa;
  if (enrollCaFile === undefined)
    throw missing(['enrollCa'], 'the enrolment address is known by its certificate');
  const given =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { certFile: tlsCert, keyFile: tlsKey, caFile: tlsCa ?? enrollCaFile };
  const { serviceAccountTokenFile, joinTokenFile, joinToken } = proofs;
  const identity = keepIdentity(
    {
      ...parts,
      address,
      enrollCaFile,
      ...(tlsCa !== undefined && { caFile: tlsCa }),
      ...(given !== undefined && { given }),
      proofs: {
        ...(serviceAccountTokenFile !== undefined && { serviceAccountTokenFile }),
        ...(joinTokenFile !== undefined && { joinTokenFile }),
        ...(joinToken !== undefined && { joinToken }),
      },
    },
    signal,
  );
  return {
    tls: { kind: 'renewed', read: () => identity.read() },
    ready: () => identity.ready(),
    problem: () => identity.problem(),
    ended: identity.ended,
  };
}

function filesFrom(given: Pick<Settings<typeof identitySettings>, 'tlsCa' | 'tlsCert' | 'tlsKey'>): TlsFiles {
  const { tlsCa, tlsCert, tlsKey } = given;
  if (tlsCa !== undefined && tlsCert !== undefined && tlsKey !== undefined) {
    return { caFile: tlsCa, certFile: tlsCert, keyFile: tlsKey };
  }
  const keys = Object.entries(given).filter(([, path]) => path === undefined);
  throw missing(
    keys.map(([key]) => key),
    'a node is known by its certificate',
  );
}

function missing(keys: readonly string[], why: string): ConfigError {
  const names = keys.map((key) => `${settingName(key)} (${environmentName(key)})`).join(', ');
  return new ConfigError(
    'missing',
    `${why}, and these are not set: ${names}; give them, or enroll, where the node gets its certificate`,
  );
}
