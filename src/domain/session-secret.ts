const MIN_BYTES = 32;
const MIN_DIFFERENT_CHARACTERS = 8;

/**
 * Why the text cannot sign session cookies, as the end of a sentence; null where it can. A secret has at least 32 bytes,
 * the length of an HMAC-SHA-256 key (RFC 2104, 3), and is random: a key of zero bytes is long enough and known to all.
 */
export function secretProblem(secret: string): string | null {
  if (new TextEncoder().encode(secret).length < MIN_BYTES) return `must be at least ${MIN_BYTES} bytes long`;
  if (new Set(secret).size >= MIN_DIFFERENT_CHARACTERS) return null;
  return 'must be random: one that repeats a few characters can be guessed';
}
