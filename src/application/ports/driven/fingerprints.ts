export interface Fingerprints {
  /** SHA-256 of the text in UTF-8, as a number below 2^256. */
  of(text: string): bigint;
}
