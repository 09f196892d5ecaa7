import type { Composition, FactRef } from './composition.ts';
import type { FindingRecord } from './facts.ts';
import type { FindingRule } from './finding-rules.ts';
import { factLookup, type FactsOf } from './merge.ts';

/** Catalogers whose facts hold findings. */
export const FINDING_CATALOGERS: readonly string[] = ['credentials', 'file-modes', 'shells'];

/** What is secret stays readable in its layer, whatever the layers above make of it. */
const SECRETS: ReadonlySet<FindingRule> = new Set(['credential-file', 'private-key']);

/** A finding of an image. */
export interface Finding extends FindingRecord {
  readonly path: string;
  /** Layer whose file it is; 0 is the base. */
  readonly layer: number;
  /** Set when a later layer deleted or replaced the file: no container sees it, but whoever has the layer can read it. */
  readonly isHidden?: true;
}

/**
 * The findings of an image, in order of rule and path: those of visible facts; and secrets in files that later layers hide,
 * unless the image shows the same finding at the same path.
 */
export function findingsOf(composition: Composition, factsOf: FactsOf): Finding[] {
  const lookup = factLookup(factsOf);
  const shown = composition.visible
    .filter(({ cataloger }) => FINDING_CATALOGERS.includes(cataloger))
    .flatMap((ref) => (lookup(ref)?.findings ?? []).map((record) => placed(record, ref)));
  const known = new Set(shown.map(keyOf));
  const hidden = new Map<string, Finding>();
  for (const layer of composition.diffIds.keys()) {
    for (const cataloger of FINDING_CATALOGERS) {
      for (const { path, findings = [] } of factsOf(layer, cataloger)) {
        for (const record of findings) {
          const finding = placed(record, { layer, cataloger, path });
          if (!SECRETS.has(record.ruleId) || known.has(keyOf(finding))) continue;
          hidden.set(keyOf(finding), { ...finding, isHidden: true });
        }
      }
    }
  }
  return [...shown, ...hidden.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function placed(record: FindingRecord, { layer, path }: FactRef): Finding {
  return { ...record, path, layer };
}

function keyOf({ ruleId, path, kind }: Finding): string {
  return `${ruleId}\0${path}\0${kind}`;
}
