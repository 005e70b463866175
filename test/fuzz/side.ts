import { createHash } from 'node:crypto';
import type { OperationName } from '../../src/adapters/driving/operations/index.js';
import { ANONYMOUS, dispatch } from '../../src/adapters/driving/operations/index.js';
import type { Application } from '../../src/application/create-use-cases.js';
import { createUseCases } from '../../src/application/create-use-cases.js';
import { formatTradeCursor } from '../../src/application/cursor.js';
import type { TradeEvent } from '../../src/application/ports/driving/trades.js';
import { computeLivenessBounds } from '../../src/domain/session.js';
import type { AttemptPolicy, Id, IpAddress, PasswordHasher, SessionPolicy, Storage } from '../../src/index.js';
import { RateLimited, TradepostError, ValidationFailed } from '../../src/index.js';
import type { ManualClock } from '../../src/testing/index.js';

/** So few sessions, and attempts, that many sequences go beyond the limits. */
const POLICY: SessionPolicy = { lifetime: 3600, idleTimeout: 600, maxPerUser: 3 };
const ATTEMPTS: AttemptPolicy = {
  freeFailures: 2,
  longestDelay: 60,
  failuresPerHour: 4,
  loginsPerMinute: 3,
  registrationsPerHour: 2,
};

/** Not slow and not secure: hashing is none of what is compared. */
const hasher: PasswordHasher = {
  hash: async password => `hash of ${password}`,
  verify: async (password, hash) => ({ matches: hash === `hash of ${password}`, outdated: false }),
};

/** The input and the parts of its context that are given. */
export interface Call {
  readonly input: object;
  readonly token?: string;
  readonly idempotencyKey?: string | null;
  readonly address?: IpAddress | null;
}

/** Milliseconds. */
const WATCH_LIMIT = 10_000;

/**
 * Tradepost over one of the two stores that are compared. Both sides make the same ids and tokens in the same order, so
 * that equal behaviour gives equal results.
 */
export class Side {
  private readonly app: Application;
  private sequence = 0;
  private made = 0;

  constructor(
    private readonly storage: Storage,
    private readonly clock: ManualClock,
  ) {
    this.app = createUseCases({
      ...storage,
      hasher,
      ids: { next: () => this.nextId() },
      tokens: { next: () => this.nextToken(), digest: digestOf },
      clock,
      passwordPolicy: { minLength: 8 },
      sessionPolicy: POLICY,
      attemptPolicy: ATTEMPTS,
    });
  }

  /** Starts a sequence. Everything of earlier ones that could be swept is swept before: their sessions have expired. */
  async begin(sequence: number): Promise<void> {
    this.sequence = sequence;
    this.made = 0;
    await this.app.sweep.execute();
  }

  call(name: OperationName, { input, ...rest }: Call) {
    return outcomeOf(dispatch(this.app.useCases, name, input, { ...ANONYMOUS, userAgent: 'model', ...rest }));
  }

  sweep() {
    return outcomeOf(this.app.sweep.execute());
  }

  /** Watches the caller's trades until everything that is recorded has been delivered. */
  watch(token: string, after: string | null) {
    return outcomeOf(this.catchUp(token, after));
  }

  /** What the store holds of these users, past the use cases. */
  async read(userIds: readonly Id[]) {
    const bounds = computeLivenessBounds(this.clock.now(), POLICY);
    return Promise.all(
      userIds.map(async id => ({
        account: await this.storage.users.findAccount({ id }),
        sessions: await this.storage.sessions.list(id, bounds, { before: null, limit: 1000 }),
        cards: await this.storage.cards.list(id, { before: null, limit: 1000 }),
        trades: await this.storage.trades.entriesAfter(id, 0, 1000),
      })),
    );
  }

  close(): void {
    this.app.live.close();
  }

  private async catchUp(token: string, after: string | null) {
    const { authenticate, watchTrades } = this.app.useCases;
    const caller = await authenticate.execute({ token });
    const events: TradeEvent[] = [];
    const ended: string[] = [];
    const { cursor, begin, stop } = await watchTrades.execute({
      caller,
      after,
      onTrade: event => void events.push(event),
      onEnd: ({ code }) => void ended.push(code),
    });
    const { id } = caller.user;
    const last = formatTradeCursor((await this.storage.trades.latest([id])).get(id) ?? 0);
    begin();
    const deadline = performance.now() + WATCH_LIMIT;
    while ((events.at(-1)?.cursor ?? cursor) !== last && ended.length === 0 && performance.now() < deadline) {
      await new Promise(resolve => setImmediate(resolve));
    }
    stop();
    return { cursor, events, ended };
  }

  /** A UUIDv7 that is greater than all before, and the same on the other side. */
  private nextId(): Id {
    this.made += 1;
    const [sequence, made] = [hexadecimal(this.sequence, 12), hexadecimal(this.made, 12)];
    return `${sequence.slice(0, 8)}-${sequence.slice(8)}-7000-8000-${made}` as Id;
  }

  private nextToken(): string {
    this.made += 1;
    return `${this.sequence}-${this.made}-`.padEnd(43, 'x');
  }
}

const hexadecimal = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

const digestOf = (token: string): string | null =>
  token.length === 43 ? createHash('sha256').update(token).digest('hex') : null;

/** What a caller sees: the result, or code and violations of the error. Everything else is thrown. */
async function outcomeOf<Result>(work: Promise<Result>) {
  try {
    return { result: await work };
  } catch (error) {
    if (!(error instanceof TradepostError) || error.code === 'internal') throw error;
    const retryAfter = error instanceof RateLimited ? error.retryAfter : null;
    return { code: error.code, errors: error instanceof ValidationFailed ? error.errors : [], retryAfter };
  }
}
