import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { secretFlaw } from '../../../domain/session.js';
import { sign, unsign } from '../../../peers/cookie-signature.js';
import type { WebRequest } from './web-request.js';

/** Name and attributes of the session cookie. */
export interface CookieOptions {
  /** `session` if left out. `Secure` cookies get the prefix `__Host-` if `domain` and `path` allow it, else `__Secure-`. */
  readonly name?: string;
  /** `lax` if left out. `none` lets pages of other sites send it: allow their origins with `allowedOrigins`. */
  readonly sameSite?: 'strict' | 'lax' | 'none';
  /** `Domain` of the cookie; if left out, browsers send the cookie to this host only. */
  readonly domain?: string;
  /** `Path` of the cookie; `/` if left out. */
  readonly path?: string;
}

export interface SessionCookieParts {
  readonly secrets: readonly string[];
  readonly cookie?: CookieOptions;
  /** Whether cookies are always `Secure`. */
  readonly production: boolean;
}

/**
 * Returns the name of the cookie where it is `Secure`. RFC 6265bis, 4.1.3: browsers accept `__Host-` only with Secure,
 * Path=/ and no Domain, `__Secure-` only with Secure.
 */
export const secureNameOf = ({ name = 'session', domain, path = '/' }: CookieOptions): string =>
  `${domain === undefined && path === '/' ? '__Host-' : '__Secure-'}${name}`;

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const;

/** Reads and writes the token as a signed cookie. The first secret signs and all verify, so that secrets can be rotated. */
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
    const flaw = secrets.map(secretFlaw).find(each => each !== null);
    if (flaw) throw new TypeError(`secrets: each ${flaw}`);
    this.keys = secrets.map(secret => createSecretKey(secret, 'utf8'));
    this.signer = createSecretKey(first, 'utf8');
    this.production = production;
    const { name = 'session', sameSite = 'lax', domain, path = '/' } = cookie;
    checkCookie({ name, domain, path });
    this.plainName = name;
    this.secureName = secureNameOf(cookie);
    this.scope = domain === undefined ? `Path=${path}` : `Path=${path}; Domain=${domain}`;
    this.sameSite = SAME_SITE[sameSite];
  }

  /** Returns the `Set-Cookie` value for a token. `maxAge` is in seconds. */
  set(request: WebRequest, token: string, maxAge: number): string {
    return this.serialize(request, sign(token, this.signer), maxAge);
  }

  /** Returns the `Set-Cookie` value that deletes the cookie in the browser. */
  clear(request: WebRequest): string {
    return this.serialize(request, '', 0);
  }

  /**
   * Returns the token of the request's session cookie. Returns undefined if there is no such cookie, and null if its
   * signature is not valid or if the cookie occurs twice, because it is unknown which of the two is meant.
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

  /** Cookies are not `Secure` over http from this machine outside production, because browsers refuse `Secure` there. */
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

/** Checks name and attributes against the grammar of RFC 6265, 4.1.1. */
function checkCookie({ name, domain, path }: { name: string; domain: string | undefined; path: string }): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    throw new TypeError(`cookie.name: ${JSON.stringify(name)} is not a cookie name`);
  if (/^__(?:host|secure)-/i.test(name)) {
    throw new TypeError('cookie.name: leave out the prefix; __Host- or __Secure- is added automatically');
  }
  if (domain !== undefined && !/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)) {
    throw new TypeError(`cookie.domain: ${JSON.stringify(domain)} is not a domain`);
  }
  if (!/^\/[\x20-\x3a\x3c-\x7e]*$/.test(path)) {
    throw new TypeError(`cookie.path: ${JSON.stringify(path)} must begin with a slash and not contain a semicolon`);
  }
}

/** Returns all values of a cookie. RFC 6265, 5.4: semicolons separate pairs; spaces and tabs around a pair are removed. */
function cookieValues(header: string, name: string): string[] {
  const prefix = `${name}=`;
  const values: string[] = [];
  for (const part of header.split(';')) {
    const pair = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (pair.startsWith(prefix)) values.push(pair.slice(prefix.length));
  }
  return values;
}
