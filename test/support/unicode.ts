/** Every code point except surrogates, as text. */
export const CODE_POINTS: readonly string[] = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter(code => code < 0xd800 || code > 0xdfff)
  .map(code => String.fromCodePoint(code));
