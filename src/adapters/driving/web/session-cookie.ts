import type { IncomingHttpHeaders } from 'node:http';
import { sign, unsign } from 'cookie-signature';

/** RFC 6265bis, 4.1.3.2: browsers accept a `__Host-` cookie only with Secure, with Path=/ and without Domain. */
const SECURE_NAME = '__Host-session';
/** Over plain http browsers refuse the prefix. */
const LOCAL_NAME = 'session';

export const cookieName = (secure: boolean): string => (secure ? SECURE_NAME : LOCAL_NAME);

/** The session token as a signed cookie. The first secret signs and all verify, so that secrets can be rotated. */
export class SessionCookies {
  private readonly signer: string;

  /** @throws TypeError for no secrets, or one that is shorter than 32 bytes or has fewer than 8 different characters */
  constructor(private readonly secrets: readonly string[]) {
    const [first] = secrets;
    if (first === undefined || secrets.some(secret => Buffer.byteLength(secret) < 32)) {
      throw new TypeError('secrets: give at least one secret, each of at least 32 bytes; the first signs, all verify');
    }
    // Long is not enough: a key of zero bytes can be guessed.
    if (secrets.some(secret => new Set(secret).size < 8)) {
      throw new TypeError('secrets: must be random; a secret that repeats a few characters can be guessed');
    }
    this.signer = first;
  }

  /** The value of `Set-Cookie`; `maxAge` in seconds. */
  set(token: string, maxAge: number, secure: boolean): string {
    return attributes(`${cookieName(secure)}=${sign(token, this.signer)}`, maxAge, secure);
  }

  /** The value of `Set-Cookie` that removes the cookie. */
  clear(secure: boolean): string {
    return attributes(`${cookieName(secure)}=`, 0, secure);
  }

  /**
   * Returns the token in the request's session cookie; `undefined` if there is no such cookie; `null` if its signature
   * is wrong, or if it occurs twice: which of the two is meant is unknown.
   */
  read({ headers }: { readonly headers: IncomingHttpHeaders }, secure: boolean): string | null | undefined {
    const values = cookieValues(headers.cookie ?? '', cookieName(secure));
    const [value] = values;
    if (value === undefined) return undefined;
    if (values.length > 1) return null;
    for (const secret of this.secrets) {
      const token = unsign(value, secret);
      if (token !== false) return token;
    }
    return null;
  }
}

const attributes = (pair: string, maxAge: number, secure: boolean): string =>
  `${pair}; Path=/; Max-Age=${maxAge}; HttpOnly;${secure ? ' Secure;' : ''} SameSite=Lax`;

const cookieValues = (header: string, name: string): string[] =>
  header
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1));
