import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { sign, unsign } from 'cookie-signature';
import { secretProblem } from '../../../domain/session.js';
import type { WebRequest } from './web-request.js';

/** How the session cookie looks. All of it can be left out. */
export interface CookieOptions {
  /** `session` if left out. Where the other options allow it browsers see `__Host-` in front of it, else `__Secure-`. */
  readonly name?: string;
  /** `lax` if left out. `none` lets pages of other sites send it: allow their origins with `allowedOrigins`. */
  readonly sameSite?: 'strict' | 'lax' | 'none';
  /** Of the cookie; the host alone if left out. */
  readonly domain?: string;
  /** `/` if left out. */
  readonly path?: string;
}

export interface SessionCookieParts {
  readonly secrets: readonly string[];
  readonly cookie?: CookieOptions;
  /** Whether cookies are `Secure` whatever the request looks like. */
  readonly production: boolean;
}

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const;

/** The session's token as a signed cookie. The first secret signs, all verify, so that secrets can be changed one by one. */
export class SessionCookies {
  private readonly keys: readonly KeyObject[];
  private readonly signer: KeyObject;
  private readonly plainName: string;
  private readonly secureName: string;
  private readonly scope: string;
  private readonly sameSite: string;
  private readonly production: boolean;

  constructor({ secrets, cookie = {}, production }: SessionCookieParts) {
    const [first] = secrets;
    if (first === undefined) throw new TypeError('secrets: give at least one secret; the first signs, all verify');
    const problem = secrets.map(secretProblem).find(each => each !== null);
    if (problem) throw new TypeError(`secrets: each ${problem}`);
    this.keys = secrets.map(secret => createSecretKey(secret, 'utf8'));
    this.signer = createSecretKey(first, 'utf8');
    this.production = production;
    const { name = 'session', sameSite = 'lax', domain, path = '/' } = cookie;
    checkCookie({ name, domain, path });
    this.plainName = name;
    // RFC 6265bis, 4.1.3: browsers take `__Host-` only with Secure, Path=/ and without Domain; `__Secure-` with Secure.
    this.secureName = `${domain === undefined && path === '/' ? '__Host-' : '__Secure-'}${name}`;
    this.scope = domain === undefined ? `Path=${path}` : `Path=${path}; Domain=${domain}`;
    this.sameSite = SAME_SITE[sameSite];
  }

  /** A `Set-Cookie` value; `maxAge` in seconds. */
  set(request: WebRequest, token: string, maxAge: number): string {
    return this.serialize(request, sign(token, this.signer), maxAge);
  }

  /** A `Set-Cookie` value that has the browser forget the cookie. */
  clear(request: WebRequest): string {
    return this.serialize(request, '', 0);
  }

  /**
   * The token of the request's session cookie. `undefined`: there is no such cookie. `null`: there is one, but its
   * signature does not hold, or it is there twice and it cannot be told which was meant.
   */
  read(request: WebRequest): string | null | undefined {
    const header = request.headers.cookie;
    if (header === undefined) return undefined;
    const values = cookieValues(header, this.isSecure(request) ? this.secureName : this.plainName);
    const [value] = values;
    if (value === undefined) return undefined;
    if (values.length > 1) return null;
    for (const key of this.keys) {
      const token = unsign(value, key);
      if (token !== false) return token;
    }
    return null;
  }

  /** Only plain http on this very machine, outside production, goes without: browsers refuse Secure there. */
  private isSecure({ isLocalHttp }: WebRequest): boolean {
    return this.production || !isLocalHttp;
  }

  private serialize(request: WebRequest, value: string, maxAge: number): string {
    const secure = this.isSecure(request);
    const name = secure ? this.secureName : this.plainName;
    const security = secure ? 'HttpOnly; Secure' : 'HttpOnly';
    return `${name}=${value}; ${this.scope}; Max-Age=${maxAge}; ${security}; SameSite=${this.sameSite}`;
  }
}

/** RFC 6265, 4.1.1: a name is a token; attributes hold no semicolon and no control character. */
function checkCookie({ name, domain, path }: { name: string; domain: string | undefined; path: string }): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    throw new TypeError(`cookie.name: ${JSON.stringify(name)} is no name`);
  if (/^__(?:host|secure)-/i.test(name)) {
    throw new TypeError('cookie.name: leave out the prefix; __Host- or __Secure- is put in front where it can be');
  }
  if (domain !== undefined && !/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)) {
    throw new TypeError(`cookie.domain: ${JSON.stringify(domain)} is no domain`);
  }
  if (!/^\/[\x20-\x3a\x3c-\x7e]*$/.test(path)) {
    throw new TypeError(`cookie.path: ${JSON.stringify(path)} must begin with a slash and hold no semicolon`);
  }
}

/** RFC 6265, 5.4 and 4.2.1: pairs are separated by semicolons; only spaces and tabs around them do not count. */
function cookieValues(header: string, name: string): string[] {
  const prefix = `${name}=`;
  const values: string[] = [];
  for (const part of header.split(';')) {
    const pair = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (pair.startsWith(prefix)) values.push(pair.slice(prefix.length));
  }
  return values;
}
