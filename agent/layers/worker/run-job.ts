import type { Cataloger } from '../../../core/facts.ts';
import { decodeLayerIndex } from '../../../core/layer-index.ts';
import type { Passage } from '../../../platform/gate.ts';
import { LayerError } from '../layer-error.ts';
import { openLayerSource } from '../location.ts';
import { rescanLayer, scanLayer } from '../scan-layer.ts';
import { portBlob } from './blob-port.ts';
import type { AnswerMessage, JobMessage } from './messages.ts';

/** Does one job; what fails is an answer too. `all` are the catalogers that a job may name. */
export async function runJob(
  job: JobMessage,
  all: readonly Cataloger[],
  passage?: Passage,
): Promise<AnswerMessage> {
  const { diffId, location, storedIndex, verify, limits } = job;
  const options = { limits, ...(passage && { passage }) };
  const catalogers = all.filter(({ id }) => job.catalogers.includes(id));
  try {
    const place =
      location.kind === 'port' ? { kind: 'blob' as const, open: portBlob(location.port) } : location;
    const source = openLayerSource(place, verify ? diffId : undefined);
    if (storedIndex !== undefined) {
      const facts = await rescanLayer(source, decodeLayerIndex(diffId, storedIndex), catalogers, options);
      return { kind: 'done', facts, problems: [] };
    }
    const { encodedIndex, facts, problems } = await scanLayer(source, diffId, catalogers, options);
    return { kind: 'done', encodedIndex, facts, problems };
  } catch (error) {
    if (error instanceof LayerError) return { kind: 'failed', code: error.code, message: error.message };
    throw error;
  } finally {
    if (location.kind === 'port') location.port.close();
  }
}
