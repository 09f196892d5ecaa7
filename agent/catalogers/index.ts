import type { Cataloger } from '../../core/facts.ts';

/** Every cataloger, in the order their facts are stored. A new ecosystem is added here. */
export const catalogers: readonly Cataloger[] = [];
