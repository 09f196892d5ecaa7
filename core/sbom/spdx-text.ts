/** Identifiers hold letters, digits, `.` and `-` only. Source: SPDX specification 2.3, clause 7.2. */
export function idText(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '-');
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
