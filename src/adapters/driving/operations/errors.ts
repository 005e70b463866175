import { TradepostError } from '../../../domain/errors.js';

/** The codes of errors that only requests from outside can cause: the domain does not know them. */
export type TransportErrorCode =
  | 'malformed_request'
  | 'origin_forbidden'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'misdirected_request'
  | 'request_timeout'
  | 'headers_too_large';

/** The request cannot be read: not JSON, not UTF-8, nested too deeply. */
export class MalformedRequest extends TradepostError {
  readonly code = 'malformed_request' satisfies TransportErrorCode;
}

export class OriginForbidden extends TradepostError {
  readonly code = 'origin_forbidden' satisfies TransportErrorCode;

  constructor() {
    super('Requests that change something are accepted only from pages of this server and of allowed origins.');
  }
}

export class RouteNotFound extends TradepostError {
  readonly code = 'route_not_found' satisfies TransportErrorCode;

  constructor(message = 'There is nothing at this URL.') {
    super(message);
  }
}

export class MethodNotAllowed extends TradepostError {
  readonly code = 'method_not_allowed' satisfies TransportErrorCode;

  constructor(
    method: string,
    /** The methods that are possible, as the header `Allow` lists them. */
    readonly allow: string,
  ) {
    super(`${method} is not possible here; use ${allow}.`);
  }
}

export class PayloadTooLarge extends TradepostError {
  readonly code = 'payload_too_large' satisfies TransportErrorCode;

  /** `limit` in bytes. */
  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes.`);
  }
}

export class UnsupportedMediaType extends TradepostError {
  readonly code = 'unsupported_media_type' satisfies TransportErrorCode;

  constructor(reason = 'The body must be sent as application/json in UTF-8.') {
    super(reason);
  }
}

/** RFC 9110, 15.5.20: the request is for a host that this server does not serve. */
export class MisdirectedRequest extends TradepostError {
  readonly code = 'misdirected_request' satisfies TransportErrorCode;

  constructor() {
    super(
      'This server does not serve this host name. Its operator adds host names to ALLOWED_HOSTS (`allowedHosts` in the library).',
    );
  }
}

export class RequestTimeout extends TradepostError {
  readonly code = 'request_timeout' satisfies TransportErrorCode;

  constructor() {
    super('The request did not arrive in time.');
  }
}

export class HeadersTooLarge extends TradepostError {
  readonly code = 'headers_too_large' satisfies TransportErrorCode;

  constructor() {
    super('The headers of the request are larger than this server accepts.');
  }
}
