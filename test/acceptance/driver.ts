import type { OperationName, OperationResult } from '../../src/adapters/driving/operations/index.js';

/** Who calls: whatever the transport proves it with. For scenarios it is a thing to hand back, and nothing to look into. */
export interface Caller {
  readonly credential: string;
}

type TokenWhereDelivered<Answer> = Answer extends { token: string }
  ? Omit<Answer, 'token'> & Partial<Pick<Answer, 'token'>>
  : Answer;

export type Result<Name extends OperationName> = TokenWhereDelivered<OperationResult<Name>>;

/** What a refused call throws, whatever the transport made of it on the way. */
export interface Refusal extends Error {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** A way into Tradepost. A scenario knows no more of a transport than this. */
export interface Driver {
  /**
   * The operation's result (`undefined` where it has none), or a `Refusal`. The input is `unknown`, because refusing
   * rubbish is part of what is tested.
   */
  call<Name extends OperationName>(
    name: Name,
    input: unknown,
    caller?: Caller,
    idempotencyKey?: string,
  ): Promise<Result<Name>>;

  /** `sessions.login`, and the caller that one is from then on. */
  login(input: object): Promise<{ readonly caller: Caller; readonly result: Result<'sessions.login'> }>;

  /** A caller with credentials of the right form that nobody was ever given. */
  impostor(): Caller;

  close(): Promise<void>;
}
