import { TradepostError } from '../../../domain/errors.js';

/** Sockets give no room of their own when the others of the user take it all. */
export class TooManySockets extends TradepostError {
  readonly code = 'rate_limited';
  readonly retryAfter = 10;

  constructor(limit: number) {
    super(`There are ${limit} open sockets of this user already. Close one and try again.`);
  }
}

export class TooManyMessages extends TradepostError {
  readonly code = 'rate_limited';

  constructor(
    /** Seconds. */
    readonly retryAfter: number,
  ) {
    super('There were too many messages over this socket. Send fewer, or it is closed.');
  }
}

export class MethodNotFound extends TradepostError {
  readonly code = 'route_not_found';

  constructor() {
    super('There is no method of this name; `rpc.discover` lists those there are.');
  }
}
