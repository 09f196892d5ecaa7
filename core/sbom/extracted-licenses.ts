import type { DeclaredLicense } from '../licenses/declared.ts';
import { idText, oneLine } from './spdx-text.ts';

const MAX_ID_TEXT = 40;
const MAX_NAME = 200;

/** The licenses of one document that are not on SPDX's list. Source: SPDX specification 2.3, clause 10. */
export interface ExtractedLicenses {
  /** The license as an expression; what it names that is not on the list is taken in. */
  expressionOf(license: DeclaredLicense): string;
  infos(): object[];
}

export function extractedLicenses(): ExtractedLicenses {
  const idByText = new Map<string, string>();
  const textById = new Map<string, string>();

  function idOf(text: string): string {
    const known = idByText.get(text);
    if (known !== undefined) return known;
    const id = `LicenseRef-tallyman-${idByText.size + 1}-${idText(text).slice(0, MAX_ID_TEXT)}`;
    idByText.set(text, id);
    textById.set(id, text);
    return id;
  }

  return {
    expressionOf(license) {
      if (license.kind === 'text') return idOf(license.text);
      for (const id of license.references) {
        if (!textById.has(id)) textById.set(id, `A package declares ${id}; its text was not read.`);
      }
      return license.expression;
    },
    infos: () =>
      [...textById].map(([licenseId, extractedText]) => ({
        licenseId,
        extractedText,
        name: oneLine(extractedText).slice(0, MAX_NAME),
      })),
  };
}
