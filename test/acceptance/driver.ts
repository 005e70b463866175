import type { OperationName, OperationResult } from '../../src/adapters/driving/operations/index.js';

/** The caller's credentials, in the form of the transport. Scenarios pass them on and do not look inside. */
export interface Caller {
  readonly credential: string;
}

type TokenWhereDelivered<Answer> = Answer extends { token: string }
  ? Omit<Answer, 'token'> & Partial<Pick<Answer, 'token'>>
  : Answer;

export type Result<Name extends OperationName> = TokenWhereDelivered<OperationResult<Name>>;

/** The error of a refused call, the same for every transport. */
export interface Refusal extends Error {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** All that a scenario knows of a transport. */
export interface Driver {
  /**
   * Returns the operation's result (`undefined` if it has none) or throws a `Refusal`. The input is `unknown`, because
   * scenarios also send input that is not valid.
   */
  call<Name extends OperationName>(
    name: Name,
    input: unknown,
    caller?: Caller,
    idempotencyKey?: string,
  ): Promise<Result<Name>>;

  /** Calls `sessions.login`; also returns the new caller. */
  login(input: object): Promise<{ readonly caller: Caller; readonly result: Result<'sessions.login'> }>;

  /** Returns a caller with well-formed credentials that were never issued. */
  impostor(): Caller;

  close(): Promise<void>;
}
