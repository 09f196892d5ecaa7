import { ConfigError } from '../../platform/config-error.ts';
import type { Settings } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { TlsMode } from '../../platform/tls.ts';
import { readEnrollmentAuthority } from './authority-files.ts';
import type { enrollSettings } from './enroll-settings.ts';
import type { TurnedAway } from '../ingest/door/turned-away.ts';
import type { EnrollStore } from './enroll-store.ts';
import { startEnrollmentServer, type EnrollmentServer } from './enrollment-server.ts';
import { CertificateIssuer } from './issuer.ts';
import { reviewToken } from './token-review.ts';

export interface EnrollmentParts {
  readonly store: EnrollStore;
  /** Of the sessions. */
  readonly tls: TlsMode;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
  /** A connection was not let in. Must be quick, and not throw. */
  onTurnedAway?(one: TurnedAway): void;
}

/**
 * Serves nodes that want a certificate; undefined when the settings ask for none. Throws a ConfigError, CertificateError or
 * ListenError.
 */
export async function startEnrollment(
  settings: Settings<typeof enrollSettings>,
  parts: EnrollmentParts,
): Promise<EnrollmentServer | undefined> {
  const { store, tls, clock, logger } = parts;
  const { enrollListen: listen, enrollCaCert: certFile, enrollCaKey: keyFile } = settings;
  if (listen === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined || tls.kind === 'insecure') {
    throw new ConfigError(
      'missing',
      'enroll-listen needs enroll-ca-cert and enroll-ca-key, whose authority issues, and tls-cert, tls-key and tls-ca',
    );
  }
  const serviceAccount = settings.enrollServiceAccount;
  if (!/^[^/]+\/[^/]+$/.test(serviceAccount)) {
    throw new ConfigError(
      'invalid-value',
      `enroll-service-account is ${JSON.stringify(serviceAccount)}; it must be namespace/name`,
    );
  }
  const authority = () => readEnrollmentAuthority({ certFile, keyFile, caFile: tls.files.caFile });
  // What is wrong with the files, an operator should learn now and not from the first node.
  await authority();
  const kubernetes = {
    address: settings.enrollKubernetes,
    caFile: settings.enrollKubernetesCa,
    tokenFile: settings.enrollKubernetesToken,
  };
  const issuer = new CertificateIssuer({
    store,
    authority,
    reviewToken: (token, signal) => reviewToken(token, serviceAccount, kubernetes, signal),
    lifeMs: settings.nodeCertificateLife,
    clock,
    logger,
  });
  return startEnrollmentServer({ ...parts, issuer, tls: tls.files, listen });
}
