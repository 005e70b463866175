import type { OperationName } from '../driving/operations/surface.js';
import { surface } from '../driving/operations/surface.js';
import type { CallOptions, SessionChange, SessionListener } from './client.js';
import { ClientError } from './errors.js';
import type { Credentials, HttpParts, Input } from './http.js';
import { request } from './http.js';
import { callSafely } from './watcher.js';

/** Keeps a token for the next start of the application. Each function may return a promise. An error becomes an uncaught error. */
export interface TokenStore {
  /** Called once, before the first request. Returns the token that was saved last; null if there is none. */
  load(): string | null | Promise<string | null>;
  /** Called with the token of each login. */
  save(token: string): void | Promise<void>;
  /** Called after a logout, and when the session has ended elsewhere. */
  clear(): void | Promise<void>;
}

interface Change {
  readonly credentials: Credentials;
  readonly reported: SessionChange;
  readonly result: unknown;
}

/**
 * The credentials of this client, and the operations that change them. `current` is a new object after each change, so
 * that a kept reference shows whether there was a change.
 */
export class ClientSession {
  current: Credentials;
  /** Settles when the token is loaded; undefined if there is nothing to load (any more). Never rejects. */
  loading: Promise<void> | undefined;
  private changing: Promise<unknown> = Promise.resolve();
  /** The store is called for one change after the other, in their order. */
  private storing: Promise<void> = Promise.resolve();
  private ended: Credentials | undefined;
  private readonly listeners = new Set<{ readonly call: SessionListener }>();

  constructor(
    private readonly http: HttpParts,
    token: string | null,
    private readonly store: TokenStore | undefined,
    /** Called after each login and logout. */
    private readonly onChange: () => void,
  ) {
    // Without a token there may be a cookie from an earlier visit; a client that stores tokens does not use cookies.
    this.current = { token, cookie: token === null && !store };
    if (store && token === null) this.loading = this.load(store);
  }

  /** Calls an operation. @throws ClientError, or the reason of the signal */
  call(name: OperationName, input: Input = {}, options: CallOptions = {}): Promise<unknown> {
    if (this.loading) return this.loading.then(() => this.call(name, input, options));
    const { session } = surface[name];
    if (session === 'opens') return this.change(() => this.openSession(name, input, options));
    if (session === 'ends') return this.change(() => this.endSession(name, input, options));
    return this.send(name, input, options);
  }

  /** Settles when no login and no logout is in progress: until then the server may know other credentials. */
  async settled(): Promise<void> {
    await this.changing;
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: SessionListener): () => void {
    const subscription = { call: listener };
    this.listeners.add(subscription);
    return () => void this.listeners.delete(subscription);
  }

  /** Reports that the session of these credentials has ended: once, and unless there was a login or logout since. */
  end(credentials: Credentials, reason: ClientError): void {
    const hadNone = !credentials.cookie && credentials.token === null;
    if (hadNone || credentials !== this.current || credentials === this.ended) return;
    this.ended = credentials;
    void this.remember(null);
    this.report({ state: 'ended', reason });
  }

  private async load(store: TokenStore): Promise<void> {
    const { current } = this;
    await callSafely(async () => {
      const token = await store.load();
      if (this.current === current) this.current = { token, cookie: false };
    });
    this.loading = undefined;
  }

  private async send(name: OperationName, input: Input, options: CallOptions): Promise<unknown> {
    const { current } = this;
    try {
      return await request(this.http, current, name, input, options);
    } catch (error) {
      const isEnd = error instanceof ClientError && error.code === 'unauthenticated';
      if (isEnd && surface[name].access === 'session') this.end(current, error);
      throw error;
    }
  }

  private change(work: () => Promise<Change>): Promise<unknown> {
    const changed = this.carryOut(work);
    this.changing = Promise.allSettled([this.changing, changed]);
    return changed;
  }

  private async carryOut(work: () => Promise<Change>): Promise<unknown> {
    const { credentials, reported, result } = await work();
    this.current = credentials;
    this.onChange();
    this.report(reported);
    if (this.store) await this.remember(credentials.token);
    return result;
  }

  private async openSession(
    name: OperationName,
    { delivery = 'token', ...input }: Input,
    options: CallOptions,
  ): Promise<Change> {
    // Without the current token: the new session may be another user's.
    const anonymous = { token: null, cookie: delivery === 'cookie' };
    const result = await request(this.http, anonymous, name, { ...input, delivery }, options);
    const { token = null } = result as { token?: string };
    return { credentials: { ...anonymous, token }, reported: { state: 'opened', token }, result };
  }

  private async endSession(name: OperationName, input: Input, options: CallOptions): Promise<Change> {
    const { cookie } = this.current;
    const result = await this.send(name, input, options);
    return { credentials: { token: null, cookie }, reported: { state: 'ended', reason: null }, result };
  }

  private report(change: SessionChange): void {
    for (const { call } of this.listeners) void callSafely(() => call(change));
  }

  private remember(token: string | null): Promise<void> {
    const { store } = this;
    if (!store) return this.storing;
    const save = async (): Promise<void> => {
      await (token === null ? store.clear() : store.save(token));
    };
    this.storing = this.storing.then(() => callSafely(save));
    return this.storing;
  }
}
