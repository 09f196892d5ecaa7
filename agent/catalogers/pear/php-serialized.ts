/** A value of PHP, as far as registries hold them. Keys of arrays are texts, whatever they were. */
export type PhpValue = string | number | boolean | null | ReadonlyMap<string, PhpValue>;

const MAX_DEPTH = 64;
/** Several times those of an entry of a thousand files. Each costs far more memory than it has bytes. */
const MAX_VALUES = 200_000;

const SEMICOLON = 0x3b;
const COLON = 0x3a;
const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Bytes that PHP did not serialize, or of a kind that is not read here. */
export class PhpFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PhpFormatError';
  }
}

/**
 * Reads what PHP's serialize() wrote: null, booleans, numbers, strings and arrays. Throws a PhpFormatError for objects and
 * references, which a registry has none of, for what is damaged, and for more values than any entry has.
 */
export function readSerialized(bytes: Uint8Array): PhpValue {
  const decoder = new TextDecoder();
  let at = 0;
  let values = 0;

  function expect(code: number): void {
    if (bytes[at] !== code) throw new PhpFormatError(`no ${String.fromCharCode(code)} at byte ${at}`);
    at += 1;
  }

  function textUntil(code: number): string {
    const end = bytes.indexOf(code, at);
    if (end === -1 || end - at > 40) throw new PhpFormatError(`a number without end at byte ${at}`);
    const text = decoder.decode(bytes.subarray(at, end));
    at = end + 1;
    return text;
  }

  function lengthUntil(code: number): number {
    const text = textUntil(code);
    if (!/^\d{1,10}$/.test(text)) throw new PhpFormatError(`no length before byte ${at}`);
    return Number(text);
  }

  function readString(): string {
    const length = lengthUntil(COLON);
    expect(QUOTE);
    if (length > bytes.length - at) throw new PhpFormatError(`a string of ${length} bytes beyond the end`);
    const text = decoder.decode(bytes.subarray(at, at + length));
    at += length;
    expect(QUOTE);
    expect(SEMICOLON);
    return text;
  }

  function readArray(depth: number): ReadonlyMap<string, PhpValue> {
    if (depth > MAX_DEPTH) throw new PhpFormatError(`arrays more than ${MAX_DEPTH} deep`);
    const length = lengthUntil(COLON);
    expect(OPEN);
    const map = new Map<string, PhpValue>();
    for (let i = 0; i < length; i += 1) {
      const key = readValue(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new PhpFormatError(`no key before byte ${at}`);
      map.set(String(key), readValue(depth + 1));
    }
    expect(CLOSE);
    return map;
  }

  function readValue(depth: number): PhpValue {
    if ((values += 1) > MAX_VALUES) throw new PhpFormatError(`more than ${MAX_VALUES} values`);
    const kind = String.fromCharCode(bytes[at] ?? 0);
    at += 1;
    if (kind === 'N') {
      expect(SEMICOLON);
      return null;
    }
    expect(COLON);
    switch (kind) {
      case 's':
        return readString();
      case 'a':
        return readArray(depth);
      case 'b':
        return textUntil(SEMICOLON) === '1';
      case 'i':
      case 'd':
        return Number(textUntil(SEMICOLON));
      default:
        throw new PhpFormatError(`a value of kind ${JSON.stringify(kind)} at byte ${at - 2}`);
    }
  }

  return readValue(0);
}
