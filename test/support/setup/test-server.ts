/** A server that tests may use and must not care where it came from. */
export interface TestServer {
  readonly url: string;
  /** For the reader of the test output: a result is worth little when nobody knows what it was measured against. */
  readonly source: string;
  stop(): Promise<void>;
}
