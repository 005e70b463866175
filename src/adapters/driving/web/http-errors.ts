import { TradepostError } from '../../../domain/errors.js';

export class OriginForbidden extends TradepostError {
  readonly code = 'origin_forbidden';

  constructor() {
    super('Requests that change something are accepted from pages of this server and of allowed origins only.');
  }
}

export class RouteNotFound extends TradepostError {
  readonly code = 'route_not_found';

  constructor() {
    super('There is nothing at this address.');
  }
}

export class MethodNotAllowed extends TradepostError {
  readonly code = 'method_not_allowed';

  constructor(
    method: string,
    readonly allow: string,
  ) {
    super(`${method} is not possible here; use ${allow}.`);
  }
}

export class PayloadTooLarge extends TradepostError {
  readonly code = 'payload_too_large';

  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes.`);
  }
}

export class UnsupportedMediaType extends TradepostError {
  readonly code = 'unsupported_media_type';

  constructor(reason = 'The body must be sent as application/json in UTF-8.') {
    super(reason);
  }
}
