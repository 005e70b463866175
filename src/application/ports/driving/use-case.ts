import type { Session } from '../../../domain/session.js';
import type { User } from '../../../domain/user.js';

/** One thing a caller can do, as driving adapters call it. */
export interface UseCase<Input, Output> {
  /** Carries it out. Rejects with a `TradepostError`. */
  execute(input: Input): Promise<Output>;
}

/** The user and session behind a request, as `Authenticate` returns them. No use case trusts any other source. */
export interface Caller {
  /** The account. */
  readonly user: User;
  /** The live session of the request. */
  readonly session: Session;
}

/** Which page of a list is requested. */
export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the previous page; null for the first page. */
  readonly after: string | null;
}

/** Newest first. */
export interface Page<Item> {
  /** At most `limit` items; fewer only on the last page. */
  readonly items: readonly Item[];
  /** The cursor for requesting the next page; null on the last page. */
  readonly next: string | null;
}
