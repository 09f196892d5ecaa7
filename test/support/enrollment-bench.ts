import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepIdentity, type Identity, type IdentityOptions } from '../../agent/identity/identity.ts';
import { readEnrollmentAuthority } from '../../collector/enroll/authority-files.ts';
import { startEnrollmentServer, type EnrollmentServer } from '../../collector/enroll/enrollment-server.ts';
import { CertificateIssuer, type IssuerParts } from '../../collector/enroll/issuer.ts';
import { newJoinToken, type JoinTokenOrder } from '../../collector/enroll/join-token.ts';
import { EnrollmentRefusal } from '../../collector/enroll/enrollment-refusal.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { readHostPort, type HostPort } from '../../platform/setting-values.ts';
import { sessionBench, type SessionBench } from './session-bench.ts';

/** An authority that issues over real gRPC, a store on disk, and nodes that look after their certificates. */
export interface EnrollmentBench extends Omit<SessionBench, 'store'> {
  readonly database: Store;
  /** Starts the address for nodes that want a certificate. Port 0 of the options: any. */
  issue(options?: Partial<IssuerParts> & { readonly port?: number }): Promise<EnrollmentServer>;
  /** The text of a token for node-1, used once, for an hour, unless told otherwise. */
  joinToken(order?: Partial<JoinTokenOrder>): Promise<string>;
  /** A node's identity, kept in a folder of that name. */
  keep(address: string, options?: Partial<IdentityOptions>): Identity;
}

export async function enrollmentBench(): Promise<EnrollmentBench> {
  const { store: _, ...bench } = await sessionBench();
  const { dir, logger } = bench;
  const database = openSqliteStore(join(dir, 'store'), (error) => logger.error({ err: error }, 'store'));
  bench.onStop(() => database.close());
  const tls = bench.tls('collector');
  if (tls.kind !== 'mutual') throw new Error('the bench has certificates');
  const { files } = tls;
  const authority = { certFile: files.caFile, keyFile: join(dir, 'ca.key'), caFile: files.caFile };
  // The authority of the enrolment address, by a name of its own: it outlives what tests do to the other.
  const trusted = join(dir, 'enroll-ca.crt');
  await copyFile(files.caFile, trusted);

  return {
    ...bench,
    database,
    async issue({ port = 0, ...options } = {}) {
      const issuer = new CertificateIssuer({
        store: database,
        authority: () => readEnrollmentAuthority(authority),
        reviewToken: () =>
          Promise.reject(new EnrollmentRefusal('unavailable', 'there is no Kubernetes here')),
        lifeMs: 60_000,
        clock: Date.now,
        logger,
        ...options,
      });
      const listen = { host: '127.0.0.1', port };
      const clock = options.clock ?? Date.now;
      const server = await startEnrollmentServer({
        issuer,
        store: database,
        tls: files,
        listen,
        clock,
        logger,
      });
      bench.onStop(async () => server.close());
      return server;
    },
    async joinToken(order = {}) {
      const defaults = { nodes: 'node-1', uses: 1, lifeMs: 3_600_000, now: Date.now(), randomBytes };
      const { text, token } = newJoinToken({ ...defaults, ...order });
      await database.putJoinToken(token);
      return text;
    },
    keep(address, options = {}) {
      const end = new AbortController();
      const identity = keepIdentity(
        {
          node: 'node-1',
          address: addressOf(address),
          enrollCaFile: trusted,
          dir: join(dir, 'identity'),
          proofs: {},
          timing: { backoffBaseMs: 20, backoffCapMs: 200 },
          clock: Date.now,
          random: Math.random,
          logger,
          ...options,
        },
        end.signal,
      );
      bench.onStop(async () => {
        end.abort();
        await identity.ended;
      });
      return identity;
    },
  };
}

function addressOf(text: string): HostPort {
  const reading = readHostPort(text);
  if ('value' in reading) return reading.value;
  throw new Error(`${text} is no address`);
}
