import { MalformedRequest } from '../../../domain/errors.js';

/** Levels of objects and arrays in each other. Inputs of operations have two. */
export const MAX_DEPTH = 8;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes from outside to text. Lenient decoding would turn different inputs into the same one (U+FFFD). */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MalformedRequest('The request is not valid UTF-8.');
  }
}

/**
 * JSON from outside, stricter than `JSON.parse`: not nested deeper than `MAX_DEPTH` (what is parsed has to be walked
 * later), and no key twice in one object (RFC 8259, 4: programs differ in which of the two they take).
 */
export function decodeJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedRequest('The request is not valid JSON.');
  }
  checkStructure(text);
  return value;
}

// Of valid JSON, strings and brackets are all that matters for structure.
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

function checkStructure(text: string): void {
  /** The keys seen in each object that is open; null for an array. */
  const open: (Set<string> | null)[] = [];
  let candidate: string | null = null;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) throw new MalformedRequest(`The request is nested deeper than ${MAX_DEPTH} levels.`);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      addKey(open.at(-1), candidate);
    }
    candidate = token;
  }
}

function addKey(keys: Set<string> | null | undefined, literal: string | null): void {
  if (!keys || literal === null) return;
  const key: string = JSON.parse(literal); // "a" and "\u0061" are the same key
  if (keys.has(key)) throw new MalformedRequest(`The request has the key ${JSON.stringify(key)} twice in one object.`);
  keys.add(key);
}
