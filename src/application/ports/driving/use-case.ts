import type { Session } from '../../../domain/session.js';
import type { User } from '../../../domain/user.js';

/** One thing a caller can do, as driving adapters call it. */
export interface UseCase<Input, Output> {
  execute(input: Input): Promise<Output>;
}

/** The user and session behind a request, as `Authenticate` returns them. No use case trusts any other source. */
export interface Caller {
  readonly user: User;
  readonly session: Session;
}

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the previous page; null for the first page. */
  readonly after: string | null;
}

/** Newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor for requesting the next page; null on the last page. */
  readonly next: string | null;
}
