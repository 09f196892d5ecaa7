import type { Settings } from '../../platform/config.ts';
import type { ApiClient } from '../api-client.ts';
import { writeOutput } from '../output/format.ts';
import { sayMore } from '../output/more.ts';
import type { Column } from '../output/table.ts';
import type { fleetSettings } from './fleet-settings.ts';

/** Prints a list of the API, as much of it as is wanted, and says on stderr when there is more. */
export async function writeList<Row>(
  api: ApiClient,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  { limit, format }: Pick<Settings<typeof fleetSettings>, 'limit' | 'format'>,
  columns: readonly Column<Row>[],
): Promise<void> {
  const { items, next } = await api.list<Row>(path, query, limit);
  await writeOutput(format, items, columns);
  sayMore(next, limit);
}
