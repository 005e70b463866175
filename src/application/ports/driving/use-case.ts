import type { Session } from '../../../domain/session.js';
import type { User } from '../../../domain/user.js';

/** What a driving adapter calls: one thing a caller can ask for. */
export interface UseCase<Input, Output> {
  execute(input: Input): Promise<Output>;
}

/** Who asks, as Authenticate found out. No operation takes the identity of its caller from anywhere else. */
export interface Caller {
  readonly user: User;
  readonly session: Session;
}

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** The cursor of the page before: what follows it in the order of the list. */
  readonly after: string | null;
}

/** Newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor to ask the next page with; null on the last page. */
  readonly next: string | null;
}
