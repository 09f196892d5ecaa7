import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogerFacts } from '../../core/facts.ts';
import type { Content, ContentName } from '../../proto/codec/content.ts';
import type { State } from '../state/state.ts';
import type { CatalogerVersion } from './image-scanner.ts';

/** Content for the collector, from the node's stores. */
export interface ContentSupply {
  load(name: ContentName): Promise<Content>;
}

/** File claims stay here: the composition says what they decided. */
export function contentSupply(
  { layers, compositions }: Pick<State, 'layers' | 'compositions'>,
  catalogers: readonly CatalogerVersion[],
): ContentSupply {
  return {
    // Async, so that what the stores throw rejects.
    load: async ({ kind, key }) => {
      if (kind === 'composition') {
        const composition = compositions.get(key);
        if (composition === undefined) throw new Error('the image is no longer on this node');
        return { kind, composition };
      }
      const facts: CatalogerFacts[] = [];
      for (const { id, version } of catalogers) {
        const one = layers.facts(key, { id, version }, { claims: false });
        if (one === undefined) throw new Error('the layer is no longer on this node');
        facts.push(one);
        // The session has its turn after each.
        await nextTurn();
      }
      return { kind, facts };
    },
  };
}
