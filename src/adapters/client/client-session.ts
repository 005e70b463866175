import type { OperationName } from '../driving/operations/index.js';
import type { Credentials, HttpParts, Input } from './http.js';
import { request } from './http.js';

type Change = readonly [Credentials, result: unknown];

/**
 * Who this client is: what its requests are sent with, and the operations that change it. `current` is another object
 * after each change, so that whoever keeps one sees that there was a change.
 */
export class ClientSession {
  current: Credentials;
  /** After a login or a logout. */
  onChange: () => void = () => undefined;
  private changing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly http: HttpParts,
    token: string | null,
  ) {
    // Without a token there may be a cookie of an earlier visit.
    this.current = { token, cookie: token === null };
  }

  call(name: OperationName, input: Input = {}): Promise<unknown> {
    if (name === 'sessions.login') return this.change(() => this.login(input));
    if (name === 'sessions.logout') return this.change(() => this.logout(input));
    return request(this.http, this.current, name, input);
  }

  /** When no login and no logout is under way: only then does `current` tell who the server takes this client for. */
  async settled(): Promise<void> {
    await this.changing;
  }

  private change(work: () => Promise<Change>): Promise<unknown> {
    const changed = this.carryOut(work);
    this.changing = Promise.allSettled([this.changing, changed]);
    return changed;
  }

  private async carryOut(work: () => Promise<Change>): Promise<unknown> {
    const [credentials, result] = await work();
    this.current = credentials;
    this.onChange();
    return result;
  }

  private async login({ delivery = 'token', ...input }: Input): Promise<Change> {
    // Not with the token there is: who logs in is somebody else from now on.
    const anonymous = { token: null, cookie: delivery === 'cookie' };
    const result = await request(this.http, anonymous, 'sessions.login', { ...input, delivery });
    return [{ ...anonymous, token: (result as { token?: string }).token ?? null }, result];
  }

  private async logout(input: Input): Promise<Change> {
    const { cookie } = this.current;
    const result = await request(this.http, this.current, 'sessions.logout', input);
    return [{ token: null, cookie }, result];
  }
}
