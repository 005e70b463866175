import type { OperationName } from '../driving/operations/surface.js';
import { surface } from '../driving/operations/surface.js';
import type { Credentials, HttpParts, Input } from './http.js';
import { request } from './http.js';

type Change = readonly [Credentials, result: unknown];

/**
 * The credentials of this client, and the operations that change them. `current` is a new object after each change, so
 * that a kept reference shows whether there was a change.
 */
export class ClientSession {
  current: Credentials;
  private changing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly http: HttpParts,
    token: string | null,
    /** Called after each login and logout. */
    private readonly onChange: () => void,
  ) {
    // Without a token there may be a cookie from an earlier visit.
    this.current = { token, cookie: token === null };
  }

  call(name: OperationName, input: Input = {}): Promise<unknown> {
    const { session } = surface[name];
    if (session === 'opens') return this.change(() => this.openSession(name, input));
    if (session === 'ends') return this.change(() => this.endSession(name, input));
    return request(this.http, this.current, name, input);
  }

  /** Settles when no login and no logout is in progress: until then the server may know other credentials. */
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

  private async openSession(name: OperationName, { delivery = 'token', ...input }: Input): Promise<Change> {
    // Without the current token: the new session may be another user's.
    const anonymous = { token: null, cookie: delivery === 'cookie' };
    const result = await request(this.http, anonymous, name, { ...input, delivery });
    return [{ ...anonymous, token: (result as { token?: string }).token ?? null }, result];
  }

  private async endSession(name: OperationName, input: Input): Promise<Change> {
    const { cookie } = this.current;
    const result = await request(this.http, this.current, name, input);
    return [{ token: null, cookie }, result];
  }
}
