import { sign, unsign } from 'cookie-signature';
import { secretProblem } from '../../../domain/session-secret.js';
import type { WebRequest } from './web-request.js';

/** RFC 6265bis, 4.1.3.2: browsers take a `__Host-` cookie only if it is Secure, without Domain and with Path=/. */
const SECURE_NAME = '__Host-session';
/** Over plain http browsers refuse the prefix. */
const LOCAL_NAME = 'session';

export const cookieName = (secure: boolean): string => (secure ? SECURE_NAME : LOCAL_NAME);

/** A token as a signed cookie; the first secret signs, all of them verify, so that secrets can be changed at leisure. */
export class SessionCookies {
  private readonly signer: string;

  constructor(private readonly secrets: readonly string[]) {
    const [first] = secrets;
    if (first === undefined) throw new TypeError('secrets: give at least one secret; the first signs, all verify');
    const problem = secrets.map(secretProblem).find(each => each !== null);
    if (problem) throw new TypeError(`secrets: each ${problem}`);
    this.signer = first;
  }

  set(token: string, maxAge: number, secure: boolean): string {
    return attributes(`${cookieName(secure)}=${sign(token, this.signer)}`, maxAge, secure);
  }

  clear(secure: boolean): string {
    return attributes(`${cookieName(secure)}=`, 0, secure);
  }

  /**
   * The token of the request's session cookie. `undefined`: there is no such cookie. `null`: there is one, but its
   * signature does not hold, or it is there twice and there is no telling which was meant.
   */
  read(request: Pick<WebRequest, 'headers'>, secure: boolean): string | null | undefined {
    const values = cookieValues(request.headers.cookie ?? '', cookieName(secure));
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
