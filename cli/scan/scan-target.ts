import { scanArchive } from './archive-image.ts';
import { scanEngineImage } from './engine-image.ts';
import type { OnLayer } from './read-layers.ts';
import type { ScanOptions } from './scan-options.ts';
import type { ScanResult } from './scan-result.ts';
import type { ScanTarget } from './target.ts';

/** Throws a Failure, LayerError or RuntimeError that says what is wrong with the target. */
export async function scanTarget(
  target: ScanTarget,
  options: ScanOptions,
  onLayer: OnLayer,
  signal: AbortSignal,
): Promise<ScanResult> {
  const scan =
    target.kind === 'containerd' || target.kind === 'docker'
      ? scanEngineImage(target.kind, target.subject, options, onLayer, signal)
      : scanArchive(target, options, onLayer, signal);
  return { target: target.text, ...(await scan) };
}
