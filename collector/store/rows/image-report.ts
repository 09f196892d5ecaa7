import { canonicalJson } from '../../../core/canonical-json.ts';
import type { ReportedImage } from '../../../core/inventory.ts';
import { sha256Text } from '../sha256-text.ts';

/** What a node says of an image, as it is kept: each way of saying it once. */
export interface ImageReport {
  /** Of all that follows, and of the image's ID, composition, size, pin and problem. */
  readonly digest: Uint8Array;
  /** JSON. */
  readonly names: string;
  readonly manifestDigests: string;
  readonly labels: string;
}

export function imageReport(image: ReportedImage): ImageReport {
  const names = JSON.stringify(image.names);
  const manifestDigests = JSON.stringify(image.manifestDigests);
  const labels = canonicalJson(image.labels);
  const { imageId, composition = null, sizeBytes, pinned, problem = null } = image;
  const rest = JSON.stringify([imageId, composition, sizeBytes, pinned, problem]);
  const digest = sha256Text(`${rest}\n${names}\n${manifestDigests}\n${labels}`);
  return { digest, names, manifestDigests, labels };
}
