/** Chromium, with the most parts of all, has 100. */
const MAX_LICENSES = 500;
const MAX_LENGTH = 1000;
/** The first paragraph is short; its `Format` mostly comes first. */
const HEADER_LENGTH = 4096;

/** True for a file whose first paragraph names the machine-readable format. */
export function isMachineReadable(text: Uint8Array): boolean {
  return /^Format(?:-Specification)?:/im.test(new TextDecoder().decode(text.subarray(0, HEADER_LENGTH)));
}

/**
 * The short names, as written, of all licenses that the file says apply: to files, or to the package as a whole. Those of
 * paragraphs that only hold a license's text count where no others are.
 * Source: Debian's machine-readable copyright format 1.0.
 */
export function machineReadableLicenses(text: string): readonly string[] {
  const applied = new Set<string>();
  const texts = new Set<string>();
  let inParagraph = new Set<string>();
  let applies = true;

  function endParagraph(): void {
    for (const license of inParagraph) (applies ? applied : texts).add(license);
    inParagraph = new Set();
    applies = false;
  }

  // Most lines are those of texts, which begin with a blank: they are not looked at.
  for (let start = 0; start < text.length && applied.size < MAX_LICENSES;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const first = text.charCodeAt(start) | 0x20;
    if (end === start || (end === start + 1 && text[start] === '\r')) endParagraph();
    else if (first === 0x66 && isField(text, start, 'files:')) applies = true;
    else if (first === 0x6c && isField(text, start, 'license:')) {
      const name = text.slice(start + 'license:'.length, Math.min(end, start + MAX_LENGTH)).trim();
      if (name !== '') inParagraph.add(name);
    }
    start = end + 1;
  }
  endParagraph();
  return [...(applied.size > 0 ? applied : texts)].slice(0, MAX_LICENSES);
}

function isField(text: string, start: number, field: string): boolean {
  return text.slice(start, start + field.length).toLowerCase() === field;
}
