import assert from 'node:assert/strict';
import type { StateItem } from '../../../core/inventory.ts';
import type { Page, PageRequest } from '../../../collector/store/page.ts';
import type { Store } from '../../../collector/store/store.ts';
import { imageOf, layerContent, type ImageContent } from '../fleet.ts';

/** Registers a test: what a store promises, shown on an empty one. */
export type Contract = (promise: string, run: (store: Store) => Promise<void>) => void;

export const NO_HASHES = new Uint8Array(256 * 32);

export const base = layerContent('base', [
  {
    cataloger: 'dpkg',
    version: 1,
    facts: [
      {
        path: 'var/lib/dpkg/status',
        status: 'found',
        packages: [
          { type: 'deb', name: 'bash', version: '5.2.15-2+b7', architecture: 'amd64', licenses: ['GPL-3+'] },
          {
            type: 'deb',
            name: 'libssl3',
            version: '3.0.11-1~deb12u2',
            architecture: 'amd64',
            source: { name: 'openssl' },
          },
        ],
      },
      { path: 'var/lib/dpkg/status.d/broken', status: 'error', message: 'cut short' },
    ],
  },
  { cataloger: 'npm', version: 2, facts: [] },
]);
export const application = layerContent('application', [
  {
    cataloger: 'npm',
    version: 2,
    facts: [
      {
        path: 'app/node_modules/lodash/package.json',
        status: 'found',
        packages: [{ type: 'npm', name: 'lodash', version: '4.17.20', licenses: ['MIT'] }],
      },
      {
        path: 'app/node_modules/@babel/core/package.json',
        status: 'found',
        packages: [{ type: 'npm', namespace: '@babel', name: 'core', version: '7.24.0' }],
      },
    ],
  },
]);
const release = { id: 'debian', idLike: [], versionId: '12' };
export const plain = imageOf('plain:1', [base], { release });
export const layered = imageOf('web:2', [base, application], { release });

export function imageItem(content: ImageContent, changes: Partial<ImageContent['image']> = {}): StateItem {
  return { kind: 'image', value: { ...content.image, ...changes } };
}

export async function storeContent(store: Store, ...images: readonly ImageContent[]): Promise<void> {
  await store.putLayerFacts(base.ref, base.facts, 1);
  await store.putLayerFacts(application.ref, application.facts, 1);
  for (const { ref, composition } of images) {
    assert.deepEqual(await store.putComposition(ref, composition, 2), { stored: true });
  }
}

export async function everyItem<T>(
  list: (page: PageRequest) => Promise<Page<T> | undefined>,
  limit: number,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> | undefined = await list({ limit, ...(cursor !== undefined && { cursor }) });
    assert.ok(page !== undefined && page.items.length <= limit);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

export const first = { limit: 100 };
