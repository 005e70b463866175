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

/** RFC 9110, 15.5.20: the request is for a host that this server does not serve. */
export class MisdirectedRequest extends TradepostError {
  readonly code = 'misdirected_request';

  constructor() {
    super(
      'This server is not reached under this host name. The operator adds names to ALLOWED_HOSTS (`allowedHosts`).',
    );
  }
}

export class RequestTimeout extends TradepostError {
  readonly code = 'request_timeout';

  constructor() {
    super('The request did not arrive in time.');
  }
}

export class HeadersTooLarge extends TradepostError {
  readonly code = 'headers_too_large';

  constructor() {
    super('The headers of the request are larger than this server accepts.');
  }
}
