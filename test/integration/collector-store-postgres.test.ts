import { randomUUID } from 'node:crypto';
import { after, before, suite } from 'node:test';
import { openPostgresStore } from '../../collector/store/postgres/postgres-store.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { storeContract } from '../support/store-contract/index.ts';

let server: PostgresServer;

suite('a store in PostgreSQL', { skip: needsPostgres() }, () => {
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  storeContract('PostgreSQL', async () =>
    openPostgresStore({
      url: await server.database(),
      replica: randomUUID(),
      clock: Date.now,
      onProblem: (error) => {
        throw error;
      },
    }),
  );
});
