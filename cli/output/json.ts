/**
 * JSON as people and programs read it, with a newline at its end. Names in layers are bytes; those that are no UTF-8
 * are shown with U+FFFD, for JSON text must be Unicode (RFC 8259, section 8).
 */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_, one: unknown) => (typeof one === 'string' ? one.toWellFormed() : one), 2)}\n`;
}
