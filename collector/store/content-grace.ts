/**
 * How long content stays after pruning found that nothing needs it, ms. A node that was told just before that it is held
 * reports an image of it, or sends a composition of its layers, long before.
 */
export const CONTENT_GRACE_MS = 30 * 60_000;
