import { compose } from '../../../core/compose.ts';
import type { Cataloger } from '../../../core/facts.ts';
import { decodeLayerIndex } from '../../../core/layer-index.ts';
import { compressJson, decompress } from '../../../platform/compression.ts';
import type { Passage } from '../../../platform/gate.ts';
import { LayerError } from '../layer-error.ts';
import { openLayerSource } from '../location.ts';
import { rescanLayer, scanLayer } from '../scan-layer.ts';
import { portBlob } from './blob-port.ts';
import type { AnswerMessage, ComposeMessage, JobMessage, ScanMessage } from './messages.ts';
import { packAllFacts, packIndex, unpackLayer } from './pack.ts';

type PlainAnswer = Extract<AnswerMessage, { kind: 'done' }>;

/** Does one job; what fails is an answer too. `all` are the catalogers that a job may name. */
export async function runJob(
  job: JobMessage,
  all: readonly Cataloger[],
  passage?: Passage,
): Promise<AnswerMessage> {
  try {
    if (job.kind === 'compose') return composed(job, passage);
    const answer = await scanned(job, all, passage);
    return job.answer === 'packed' ? packed(job, answer) : answer;
  } catch (error) {
    if (error instanceof LayerError) return { kind: 'failed', code: error.code, message: error.message };
    throw error;
  } finally {
    if (job.kind === 'scan' && job.location.kind === 'port') job.location.port.close();
  }
}

async function scanned(
  job: ScanMessage,
  all: readonly Cataloger[],
  passage: Passage | undefined,
): Promise<PlainAnswer> {
  const { diffId, location, storedIndex, isCompressed = false, verify, limits } = job;
  const options = { limits, ...(passage && { passage }) };
  const catalogers = all.filter(({ id }) => job.catalogers.includes(id));
  const place =
    location.kind === 'port' ? { kind: 'blob' as const, open: portBlob(location.port) } : location;
  const source = openLayerSource(place, verify ? diffId : undefined);
  if (storedIndex === undefined) {
    const { encodedIndex, facts, problems } = await scanLayer(source, diffId, catalogers, options);
    return { kind: 'done', encodedIndex, facts, problems };
  }
  const index = decodeLayerIndex(diffId, isCompressed ? decompress(storedIndex) : storedIndex);
  const facts = await rescanLayer(source, index, catalogers, options);
  return { kind: 'done', facts, problems: [] };
}

function packed({ diffId }: ScanMessage, { encodedIndex, facts, problems }: PlainAnswer): AnswerMessage {
  const index = encodedIndex && packIndex(diffId, encodedIndex);
  return { kind: 'packed', ...(index && { index }), facts: packAllFacts(facts), problems };
}

function composed({ layers }: ComposeMessage, passage: Passage | undefined): AnswerMessage {
  passage?.pass();
  const merging = layers.map(unpackLayer);
  try {
    return { kind: 'composed', compressed: compressJson(compose(merging)) };
  } catch (error) {
    if (error instanceof RangeError) throw new LayerError('limit', error.message, { cause: error });
    throw error;
  }
}
