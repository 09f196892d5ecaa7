import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../platform/config-error.ts';
import type { Settings } from '../../platform/config.ts';
import { errorMessage } from '../../platform/error-message.ts';
import type { collectorSettings } from '../settings.ts';
import type { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

type StoreSettings = Pick<Settings<typeof collectorSettings>, 'dataDir' | 'store' | 'storeFile'>;

export interface StoreParts {
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Hears of work that failed with nobody waiting for it. */
  readonly onProblem: (error: StoreError) => void;
}

/** Opens the store that the settings choose: in PostgreSQL, or embedded. Throws a ConfigError or StoreError. */
export async function openStore(settings: StoreSettings, { clock, onProblem }: StoreParts): Promise<Store> {
  const url = await storeUrl(settings);
  if (url === undefined) {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts');
    return openSqliteStore(settings.dataDir, onProblem);
  }
  const { openPostgresStore } = await import('./postgres/postgres-store.ts');
  return openPostgresStore({ url, replica: randomUUID(), clock, onProblem });
}

/** The URL of the database; undefined: the embedded one. It is secret: no error has it in its words. */
async function storeUrl({ store, storeFile }: StoreSettings): Promise<string | undefined> {
  if (storeFile === undefined) return store;
  let text: string;
  try {
    text = await readFile(storeFile, 'utf8');
  } catch (error) {
    throw new ConfigError('unreadable-file', `store-file cannot be read: ${errorMessage(error)}`, error);
  }
  if (text.trim() !== '') return text.trim();
  throw new ConfigError(
    'invalid-value',
    `store-file ${storeFile} is empty; write the URL of a PostgreSQL database into it`,
  );
}
