import type { ApiClient, Page } from '../api-client.ts';
import { formatTable, type TableOptions } from '../output/table.ts';
import { countText } from '../output/text.ts';
import { whereContainerColumns, whereImageColumns, whereNodeColumns } from './tables.ts';
import type { WhereAnswer } from './views.ts';

const FIRST_PAGE = 500;

/** Asks where packages are; of each list at most `most` items. */
export async function askWhere(api: ApiClient, query: string, most: number): Promise<WhereAnswer> {
  const answer = await api.get<WhereAnswer>('where', { q: query, limit: Math.min(most, FIRST_PAGE) });

  async function whole<T>(list: string, first: Page<T>): Promise<Page<T>> {
    if (first.next === undefined || first.items.length >= most) return first;
    const rest = await api.list<T>(`where/${list}`, { q: query }, most - first.items.length, first.next);
    return { items: [...first.items, ...rest.items], ...(rest.next !== undefined && { next: rest.next }) };
  }
  return {
    ...answer,
    images: await whole('images', answer.images),
    containers: await whole('containers', answer.containers),
    nodes: await whole('nodes', answer.nodes),
  };
}

/** One sentence, then a table of each kind of thing that was found. */
export function whereText({ totals, images, containers, nodes }: WhereAnswer, options: TableOptions): string {
  const places = `${countText(totals.images, 'image')} on ${countText(totals.nodes, 'node')}`;
  const found = `${countText(totals.packages, 'matching package')} in ${places}, ${countText(totals.running, 'running container')}\n`;
  return [
    found,
    section(containers, (items) => formatTable(items, whereContainerColumns, options)),
    section(images, (items) => formatTable(items, whereImageColumns, options)),
    section(nodes, (items) => formatTable(items, whereNodeColumns, options)),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function section<T>({ items, next }: Page<T>, table: (items: readonly T[]) => string): string {
  if (items.length === 0) return '';
  return next === undefined ? table(items) : `${table(items)}… and more; raise --limit\n`;
}
