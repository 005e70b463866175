import { MalformedRequest } from './errors.js';

/** The most levels of nested objects and arrays. Inputs of operations have two. */
export const MAX_DEPTH = 8;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes bytes from outside. Strict, because lenient decoding would turn different inputs into the same text (U+FFFD).
 *
 * @throws MalformedRequest
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MalformedRequest('The request is not valid UTF-8.');
  }
}

/**
 * Parses JSON from outside. Stricter than `JSON.parse`: no deeper nesting than `MAX_DEPTH`, because later code recurses
 * over the value, and no duplicate key in an object, because programs differ in which of the two they use (RFC 8259, 4).
 *
 * @throws MalformedRequest
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

// In valid JSON, strings and punctuation are enough to find the structure.
const LEXEMES = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

function checkStructure(text: string): void {
  /** One item for each open object or array: the keys seen so far; null for an array. */
  const open: (Set<string> | null)[] = [];
  let candidate: string | null = null;
  for (const [lexeme] of text.matchAll(LEXEMES)) {
    if (lexeme === '{' || lexeme === '[') {
      open.push(lexeme === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) throw new MalformedRequest(`The request is nested deeper than ${MAX_DEPTH} levels.`);
    } else if (lexeme === '}' || lexeme === ']') {
      open.pop();
    } else if (lexeme === ':') {
      addKey(open.at(-1), candidate);
    }
    candidate = lexeme;
  }
}

function addKey(keys: Set<string> | null | undefined, literal: string | null): void {
  if (!keys || literal === null) return;
  const key: string = JSON.parse(literal); // "a" and "\u0061" are the same key
  if (keys.has(key)) throw new MalformedRequest(`The request has the key ${JSON.stringify(key)} twice in one object.`);
  keys.add(key);
}
