/** A database server for the tests. */
export interface TestServer {
  readonly url: string;
  /** What the server is, for the output of the run. */
  readonly source: string;
  stop(): Promise<void>;
}
