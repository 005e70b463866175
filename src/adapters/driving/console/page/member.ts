import type { Card, Client, Trade, User } from '../../../client/index.js';

export type { Card, Trade, User };
export type Session = Awaited<ReturnType<Client['authenticate']>>['session'];

/** What the views of a user who is logged in share. */
export interface Member {
  readonly client: Client;
  readonly user: User;
  /**
   * Repeats a request until the server answers. Use it only for requests that can be repeated. When the session turns out
   * to have ended, the log-in form is shown.
   *
   * @throws ClientError
   */
  request<Result>(attempt: () => Promise<Result>, onWaiting?: () => void): Promise<Result>;
  /** Runs work that no form waits for: an error that is left is shown as a toast. */
  run(work: () => Promise<void>): void;
}
